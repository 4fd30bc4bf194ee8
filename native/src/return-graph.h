// Where a grammar's rules go on once they have been read: all stacks of return positions at once.
#pragma once

#include "stamped-map.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace weir {

// A node is a position to return to, and the nodes that may be below it on the stack. Stacks that end alike share their nodes, and
// nodes that are alike are one: a grammar that can be read in 2^n ways has about n nodes (a "graph-structured stack", Tomita 1985).
class ReturnGraph {
  public:
    // The bottom of every stack: nothing is left to read.
    static constexpr uint32_t bottom = 0;

    ReturnGraph();

    // `parents` in order, each once. Returns the node that is like this, old or new.
    uint32_t add(uint32_t position, const std::vector<uint32_t> & parents);
    // A node whose parents are not known yet, because they include itself.
    uint32_t add_open(uint32_t position, size_t parents);
    void close(uint32_t node, const std::vector<uint32_t> & parents);

    uint32_t position(uint32_t node) const { return nodes_[node].position; }
    const uint32_t * parents_begin(uint32_t node) const { return parents_.data() + nodes_[node].first_parent; }
    const uint32_t * parents_end(uint32_t node) const { return parents_begin(node) + nodes_[node].parents; }

    // Forgets all nodes that can't be reached from `nodes`, and renumbers the others; `nodes` get their new numbers.
    void keep_only(std::vector<uint32_t> & nodes);

    // Numbers that it holds.
    size_t size() const { return 3 * nodes_.size() + parents_.size(); }

  private:
    struct Node {
        uint32_t position;
        uint32_t first_parent;
        uint32_t parents;
    };

    bool is_like(uint32_t node, uint32_t position, const std::vector<uint32_t> & parents) const;
    uint32_t push(uint32_t position, const std::vector<uint32_t> & parents);
    std::vector<bool> reachable_from(const std::vector<uint32_t> & nodes) const;

    std::vector<Node> nodes_;
    std::vector<uint32_t> parents_;
    // By a hash of what they are like.
    StampedMap index_;
};

}  // namespace weir
