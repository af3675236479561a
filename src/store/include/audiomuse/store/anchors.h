// Anchors: places among the embeddings that people have named, to come back to.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audiomuse/base/analysis.h"
#include "audiomuse/base/ids.h"

namespace audiomuse::store {

struct AnchorPoint {
    std::vector<float> vector;
    double weight = 1;
    double radius = 0;  ///< of an exclusion, as an angle over pi; 0: not its own
    friend bool operator==(const AnchorPoint&, const AnchorPoint&) = default;
};

struct Anchor {
    AnchorId id;
    std::string name;           ///< no two are alike
    std::string recipe = "{}";  ///< JSON: what it was made of; "{}" when unknown
    ModelTag model;             ///< whose embeddings the points are among: they mean nothing among those of another
    std::vector<AnchorPoint> points;
    std::vector<AnchorPoint> exclusions = {};
    double created_at = 0;
};

class Anchors {
public:
    virtual ~Anchors() = default;
    virtual std::vector<Anchor> list() = 0;  ///< by name, without points and exclusions
    virtual std::optional<Anchor> get(AnchorId id) = 0;
    /// Of `anchor`, all but id and created_at. The name is kept without white space at its ends. Throws
    /// Error(invalid_argument) for a blank name or one over 200 characters, or no points; Error(conflict) when there is
    /// an anchor of that name.
    virtual AnchorId add(const Anchor& anchor) = 0;
    virtual void rename(AnchorId id, const std::string& name) = 0;  ///< throws as add, and Error(not_found)
    /// Its radios of the household and of `who` go too; the lists which those made stay, and so do radios of others,
    /// which have nothing to play any more. Throws Error(not_found).
    virtual void remove(AnchorId id, UserId who = {}) = 0;
};

}  // namespace audiomuse::store
