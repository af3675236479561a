#include "path_order.h"

#include <algorithm>
#include <numeric>

#include "audiomuse/numeric/distance.h"
#include "audiomuse/numeric/matrix.h"
#include "great_circle.h"

namespace audiomuse::features {
namespace {

constexpr double kGain = 1e-6;  // radians; smaller gains are rounding
constexpr int kMostPasses = 50;

class Tour {
public:
    explicit Tour(std::span<const std::span<const float>> vectors)
        : angles_(vectors.size(), vectors.size()), order_(vectors.size()) {
        std::iota(order_.begin(), order_.end(), std::size_t{0});
        for (std::size_t i = 0; i < vectors.size(); ++i) {
            for (std::size_t j = i + 1; j < vectors.size(); ++j) {
                const float distance = numeric::unit_cosine_distance(vectors[i], vectors[j]);
                angles_(i, j) = angles_(j, i) = static_cast<float>(angle_of(static_cast<double>(distance)));
            }
        }
    }

    /// Turns round every part whose turning shortens the tour. True when there was one.
    bool turn_parts() {
        bool better = false;
        for (std::size_t begin = 1; begin + 2 < order_.size(); ++begin) {
            for (std::size_t last = begin + 1; last + 1 < order_.size(); ++last) {
                const double gain =
                    step(begin - 1, begin) + step(last, last + 1) - step(begin - 1, last) - step(begin, last + 1);
                if (gain <= kGain) continue;
                std::reverse(at(begin), at(last + 1));
                better = true;
            }
        }
        return better;
    }

    /// Moves every song to where it lengthens the tour least. True when one was moved.
    bool move_songs() {
        bool better = false;
        for (std::size_t from = 1; from + 1 < order_.size(); ++from) {
            const double saved = step(from - 1, from) + step(from, from + 1) - step(from - 1, from + 1);
            double best = saved - kGain;
            std::size_t target = from;  // it will stand behind the song that is there now
            for (std::size_t after = 0; after + 1 < order_.size(); ++after) {
                if (after == from || after + 1 == from) continue;
                const double cost = step(after, from) + step(from, after + 1) - step(after, after + 1);
                if (cost < best) {
                    best = cost;
                    target = after;
                }
            }
            if (target == from) continue;
            if (target < from) {
                std::rotate(at(target + 1), at(from), at(from + 1));
            } else {
                std::rotate(at(from), at(from + 1), at(target + 1));
            }
            better = true;
        }
        return better;
    }

    std::vector<std::size_t> take() { return std::move(order_); }

private:
    double step(std::size_t a, std::size_t b) const { return static_cast<double>(angles_(order_[a], order_[b])); }
    std::vector<std::size_t>::iterator at(std::size_t i) { return order_.begin() + static_cast<std::ptrdiff_t>(i); }

    numeric::Matrix angles_;
    std::vector<std::size_t> order_;
};

}  // namespace

std::vector<std::size_t> shortest_order(std::span<const std::span<const float>> vectors) {
    Tour tour(vectors);
    for (int pass = 0; pass < kMostPasses; ++pass) {
        const bool turned = tour.turn_parts();
        const bool moved = tour.move_songs();
        if (!turned && !moved) break;
    }
    return tour.take();
}

}  // namespace audiomuse::features
