#include "grammar-size.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <stdexcept>

namespace weir {

namespace {

// llama.cpp's parser overflows a thread's 4 MB of stack somewhere above 3,000.
constexpr int32_t most_nesting = 500;
// 8 bytes each, and up to ten times that where every repetition is a rule of its own.
constexpr uint64_t most_elements = 1'000'000;
// llama.cpp refuses more (MAX_REPETITION_THRESHOLD).
constexpr uint64_t most_repetitions = 2'000;

// Reads GBNF as llama.cpp does, as far as its size needs it; what is malformed is for the parser to refuse.
class SizeReader {
  public:
    explicit SizeReader(const std::string & text) : at_(text.c_str()) {}

    void read() {
        while (*at_ != '\0') {
            read_one();
            if (elements_ > most_elements) {
                throw std::invalid_argument("it is too large once its repetitions are written out: the limit is " +
                                            std::to_string(most_elements) + " elements");
            }
        }
    }

  private:
    void read_one() {
        const char c = *at_++;
        switch (c) {
            case '"': take(skip_to('"')); break;
            case '[': take(skip_to(']')); break;
            case '<': skip_to('>'); take(1); break;
            case '#': skip_comment(); break;
            case '(': open(); break;
            case ')': depth_--; take(1); break;
            case '.': take(1); break;
            case '*': case '+': case '?': elements_ += item_ + 3; break;
            case '{': repeat(); break;
            default: read_name(c); break;
        }
    }

    // An item of so many elements, which a repetition behind it would repeat.
    void take(uint64_t elements) {
        item_ = elements;
        elements_ += elements + 1;
    }

    void open() {
        if (++depth_ > most_nesting) {
            throw std::invalid_argument("it nests more than " + std::to_string(most_nesting) + " deep");
        }
    }

    void read_name(char first) {
        if (!is_word(first)) {
            return;
        }
        while (is_word(*at_)) {
            at_++;
        }
        take(1);
    }

    // Returns how many characters there were, those of UTF-8 counted by their bytes.
    uint64_t skip_to(char end) {
        uint64_t count = 0;
        for (; *at_ != '\0' && *at_ != end; count++) {
            if (*at_++ == '\\') {
                skip_escape();
            }
        }
        if (*at_ != '\0') {
            at_++;
        }
        return count;
    }

    // What follows a backslash: `n`, `x0a`, `u00e9`, `U0001f989`.
    void skip_escape() {
        int32_t digits = *at_ == 'x' ? 2 : *at_ == 'u' ? 4 : *at_ == 'U' ? 8 : 0;
        for (at_ += *at_ != '\0' ? 1 : 0; digits > 0 && std::isxdigit((unsigned char) *at_) != 0; digits--) {
            at_++;
        }
    }

    void skip_comment() {
        while (*at_ != '\0' && *at_ != '\n' && *at_ != '\r') {
            at_++;
        }
    }

    void skip_space() {
        for (; *at_ == ' ' || *at_ == '\t' || *at_ == '\r' || *at_ == '\n' || *at_ == '#'; at_++) {
            if (*at_ == '#') {
                skip_comment();
                if (*at_ == '\0') {
                    return;
                }
            }
        }
    }

    uint64_t read_number() {
        uint64_t value = 0;
        skip_space();
        for (; *at_ >= '0' && *at_ <= '9'; at_++) {
            value = std::min(10 * value + (uint64_t) (*at_ - '0'), most_repetitions);
        }
        skip_space();
        return value;
    }

    // `{m,n}`: the item m times in a row, and a rule with it for each of those that may follow.
    void repeat() {
        const uint64_t least = read_number();
        uint64_t most = least;
        if (*at_ == ',') {
            at_++;
            skip_space();
            const bool has_most = *at_ >= '0' && *at_ <= '9';
            most = has_most ? read_number() : least;
            // llama.cpp would count down from there, and never come to zero.
            if (most < least) {
                throw std::invalid_argument("it has a repetition with a maximum below its minimum");
            }
        }
        const uint64_t repeated = item_ * std::max<uint64_t>(1, least);
        elements_ += repeated + (most - least + 1) * (item_ + 3);
        item_ = repeated;
    }

    static bool is_word(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    }

    const char * at_;
    int32_t depth_ = 0;
    uint64_t item_ = 0;
    uint64_t elements_ = 0;
};

}  // namespace

void check_grammar_size(const std::string & grammar) {
    SizeReader(grammar).read();
}

}  // namespace weir
