// Characters out of bytes that come one by one.
#pragma once

#include <cstdint>

namespace weir {

// Well-formed UTF-8 (Unicode 15, table 3-7): no overlong forms, no surrogates, nothing above U+10FFFF.
class Utf8Reader {
  public:
    enum class Step { refused, within, complete };

    // Where it says `complete`, value() is the character.
    Step read(uint8_t byte) {
        if (missing_ == 0) {
            return begin(byte);
        }
        if (byte < least_ || byte > most_) {
            return Step::refused;
        }
        value_ = value_ << 6 | (byte & 0x3f);
        least_ = 0x80;
        most_ = 0xbf;
        return --missing_ == 0 ? Step::complete : Step::within;
    }

    uint32_t value() const { return value_; }
    bool is_within() const { return missing_ > 0; }
    // The characters that the bytes so far may become.
    uint32_t first() const { return (value_ << 6 | (least_ & 0x3f)) << rest_bits(); }
    uint32_t last() const { return (((value_ << 6 | (most_ & 0x3f)) + 1) << rest_bits()) - 1; }

  private:
    Step begin(uint8_t byte) {
        missing_ = byte < 0x80 ? 0 : byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
        if ((byte >= 0x80 && byte < 0xc2) || byte > 0xf4) {
            missing_ = 0;
            return Step::refused;
        }
        value_ = missing_ == 0 ? byte : byte & (0x3f >> missing_);
        least_ = byte == 0xe0 ? 0xa0 : byte == 0xf0 ? 0x90 : 0x80;
        most_ = byte == 0xed ? 0x9f : byte == 0xf4 ? 0x8f : 0xbf;
        return missing_ == 0 ? Step::complete : Step::within;
    }

    uint32_t rest_bits() const { return 6 * (uint32_t) (missing_ - 1); }

    uint32_t value_ = 0;
    uint8_t missing_ = 0;
    // Of the next byte.
    uint8_t least_ = 0x80;
    uint8_t most_ = 0xbf;
};

}  // namespace weir
