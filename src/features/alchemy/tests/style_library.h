// A library of three styles that lie apart, and of tracks between the first two.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "../../common/tests/fake_store.h"
#include "audiomuse/base/random.h"
#include "audiomuse/index/vector_index.h"

namespace audiomuse::features {

enum Style { kRock, kJazz, kAmbient, kBetween };

struct StyleLibrary {
    static constexpr std::size_t kDimension = 24;
    static constexpr int kEach = 120;

    FakeStore store;
    std::unique_ptr<index::VectorIndex> index = index::create_index(kDimension);

    explicit StyleLibrary(int each = kEach, int songs_per_artist = 2) {
        Random random(7);
        for (int style = kRock; style <= kBetween; ++style) {
            for (int i = 0; i < each; ++i) {
                const std::int64_t id = 1000 * (style + 1) + i;
                // Styles are not equally narrow: jazz is twice as wide as rock.
                const double width = style == kJazz ? 0.08 : 0.04;
                std::vector<float> vector = centre(static_cast<Style>(style));
                for (float& value : vector)
                    value += static_cast<float>(width * random.normal());
                index->add(id, vector);
                store.add_track(id, "Artist " + std::to_string(id / songs_per_artist));
            }
        }
    }

    /// A point at 90 degrees to those of the other styles; kBetween is half-way from rock to jazz.
    static std::vector<float> centre(Style style) {
        std::vector<float> vector(kDimension, 0);
        if (style == kBetween) {
            vector[kRock] = vector[kJazz] = 0.70711F;
        } else {
            vector[style] = 1;
        }
        return vector;
    }
    static Style style_of(TrackId id) { return static_cast<Style>(id.value / 1000 - 1); }
};

}  // namespace audiomuse::features
