// The rules of lists, one small object each. A list is made by offering candidates in order; each rule says whether the
// next one may stay, and remembers those that did. A candidate has to be taken by the rules that come later too, so
// `may_take` asks and `take` remembers. Not thread-safe.
#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace audiomuse::features {

/// At most `cap` songs per artist; cap <= 0 means no limit. Artists are told apart by a text or a number; songs of
/// unknown artists (an empty text, 0) are never refused.
template <class Key = std::string>
class ArtistCap {
public:
    explicit ArtistCap(int cap) : cap_(cap) {}
    bool may_take(const Key& artist) const {
        if (cap_ <= 0 || artist == Key()) return true;
        const auto found = counts_.find(artist);
        return found == counts_.end() || found->second < cap_;
    }
    void take(const Key& artist) {
        if (artist != Key()) ++counts_[artist];
    }

private:
    int cap_;
    std::unordered_map<Key, int> counts_;
};

/// One version per song, by song_signature or its number. Empty signatures are never refused.
template <class Key = std::string>
class SongOnce {
public:
    bool may_take(const Key& signature) const { return signature == Key() || !taken_.contains(signature); }
    void take(const Key& signature) {
        if (signature != Key()) taken_.insert(signature);
    }

private:
    std::unordered_set<Key> taken_;
};

struct Recording {
    std::span<const float> vector;  ///< unit length
    double duration_s = 0;          ///< 0: not known
};

struct DuplicateDistance {
    double distance = 0.01;  ///< 1 - cos below which two recordings count as the same
    int lookback = 1;        ///< a song is compared with this many taken before it; <= 0 switches the rule off
};

/// Refuses a recording that repeats one of the last `lookback` taken: its vector is nearer than `distance`, and the
/// durations agree within 1 s where both are known. This is the one definition of a duplicate by sound, whatever the
/// length of the list. The vector alone cannot tell the same recording from a very alike one: two pieces for solo piano
/// may be as near as two masters of one recording. The vectors must outlive the object.
class NearDuplicates {
public:
    explicit NearDuplicates(const DuplicateDistance& params) : params_(params) {}
    bool may_take(const Recording& recording) const;
    void take(const Recording& recording);

private:
    DuplicateDistance params_;
    std::deque<Recording> window_;
};

/// Mean absolute difference of the six further features is at most `threshold`.
bool similar_mood(std::span<const float, 6> a, std::span<const float, 6> b, double threshold);

}  // namespace audiomuse::features
