#include "return-graph.h"

#include <algorithm>

namespace weir {

namespace {

// FNV-1a, over numbers.
uint64_t hash_of(uint32_t position, const std::vector<uint32_t> & parents) {
    uint64_t hash = (0xcbf29ce484222325ull ^ position) * 0x100000001b3ull;
    for (const uint32_t parent : parents) {
        hash = (hash ^ parent) * 0x100000001b3ull;
    }
    return hash;
}

}  // namespace

ReturnGraph::ReturnGraph() {
    push(UINT32_MAX, {});
}

uint32_t ReturnGraph::add(uint32_t position, const std::vector<uint32_t> & parents) {
    // Of two nodes with one hash, the second one's is the next that is free.
    for (uint64_t hash = hash_of(position, parents);; hash++) {
        const uint32_t node = index_.insert(hash, (uint32_t) nodes_.size());
        if (node == nodes_.size()) {
            return push(position, parents);
        }
        if (is_like(node, position, parents)) {
            return node;
        }
    }
}

uint32_t ReturnGraph::add_open(uint32_t position, size_t parents) {
    return push(position, std::vector<uint32_t>(parents, bottom));
}

void ReturnGraph::close(uint32_t node, const std::vector<uint32_t> & parents) {
    std::copy(parents.begin(), parents.end(), parents_.begin() + nodes_[node].first_parent);
    nodes_[node].parents = (uint32_t) parents.size();
}

bool ReturnGraph::is_like(uint32_t node, uint32_t position, const std::vector<uint32_t> & parents) const {
    return nodes_[node].position == position &&
           std::equal(parents_begin(node), parents_end(node), parents.begin(), parents.end());
}

uint32_t ReturnGraph::push(uint32_t position, const std::vector<uint32_t> & parents) {
    nodes_.push_back({position, (uint32_t) parents_.size(), (uint32_t) parents.size()});
    parents_.insert(parents_.end(), parents.begin(), parents.end());
    return (uint32_t) nodes_.size() - 1;
}

std::vector<bool> ReturnGraph::reachable_from(const std::vector<uint32_t> & nodes) const {
    std::vector<bool> is_reachable(nodes_.size());
    std::vector<uint32_t> todo = nodes;
    while (!todo.empty()) {
        const uint32_t node = todo.back();
        todo.pop_back();
        if (!is_reachable[node]) {
            is_reachable[node] = true;
            todo.insert(todo.end(), parents_begin(node), parents_end(node));
        }
    }
    return is_reachable;
}

void ReturnGraph::keep_only(std::vector<uint32_t> & nodes) {
    const std::vector<bool> is_kept = reachable_from(nodes);
    std::vector<uint32_t> renumbered(nodes_.size(), bottom);
    uint32_t count = 1;
    for (uint32_t node = 1; node < nodes_.size(); node++) {
        renumbered[node] = is_kept[node] ? count++ : bottom;
    }
    ReturnGraph kept;
    std::vector<uint32_t> parents;
    for (uint32_t node = 1; node < nodes_.size(); node++) {
        if (!is_kept[node]) {
            continue;
        }
        parents.clear();
        std::for_each(parents_begin(node), parents_end(node), [&](uint32_t parent) { parents.push_back(renumbered[parent]); });
        kept.push(nodes_[node].position, parents);
        kept.index_.insert(hash_of(nodes_[node].position, parents), renumbered[node]);
    }
    for (uint32_t & node : nodes) {
        node = renumbered[node];
    }
    *this = std::move(kept);
}

}  // namespace weir
