// The vocabulary by first characters, so that a grammar need not look at every token.
#pragma once

#include "llama.h"

#include <vector>

namespace weir {

class TokenGroups {
  public:
    struct Group {
        // A token that is this character and nothing else; -1 where there is none.
        llama_token single = -1;
        std::vector<llama_token> tokens;
    };

    explicit TokenGroups(const llama_vocab * vocab);

    // One for each character that tokens begin with. What a grammar refuses of a group's single token, it refuses of all of
    // them, unless it names tokens.
    const std::vector<Group> & groups() const { return groups_; }
    // End-of-generation tokens, and those that begin within a character.
    const std::vector<llama_token> & others() const { return others_; }

  private:
    std::vector<Group> groups_;
    std::vector<llama_token> others_;
};

}  // namespace weir
