#include "audiomuse/numeric/umap.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "audiomuse/base/error.h"
#include "audiomuse/base/parallel.h"
#include "audiomuse/base/random.h"

namespace audiomuse::numeric {
namespace {

constexpr std::size_t kPointsPerBlock = 512;
constexpr int kEpochsOfFew = 500;
constexpr int kEpochsOfMany = 200;
constexpr std::size_t kFew = 10'000;
constexpr float kLargestMove = 4;        // of one coordinate by one edge, at rate 1
constexpr float kNoise = 1e-3F;          // parts points that begin at one place
constexpr double kSmallestSigma = 1e-3;  // of the mean distance
constexpr int kBisections = 64;

void for_blocks(std::size_t count, unsigned threads, const std::function<void(std::size_t, std::size_t)>& body) {
    parallel_for((count + kPointsPerBlock - 1) / kPointsPerBlock, threads, [&](std::size_t block) {
        body(block * kPointsPerBlock, std::min(count, (block + 1) * kPointsPerBlock));
    });
}

void check(const Neighbours& neighbours, std::size_t targets) {
    if (neighbours.ids.size() != neighbours.distances.size() ||
        (neighbours.k > 0 && neighbours.ids.size() % neighbours.k != 0)) {
        throw Error(ErrorCode::invalid_argument, "Neighbours need k ids and k distances for each point.");
    }
    for (std::size_t i = 0; i < neighbours.ids.size(); ++i) {
        if (neighbours.ids[i] == kNoNeighbour) continue;
        if (neighbours.ids[i] >= targets || !(neighbours.distances[i] >= 0) || !std::isfinite(neighbours.distances[i]))
            throw Error(ErrorCode::invalid_argument, "A neighbour has an id or a distance that cannot be.");
    }
}

/// Algorithm 3 of the paper: how much each neighbour counts, exp(-(d - rho) / sigma), where rho is the distance of the
/// nearest one that is not at the same place, and sigma is such that the weights of a row add up to log2(k). 0 for
/// missing neighbours.
std::vector<float> memberships(const Neighbours& neighbours, unsigned threads) {
    const std::size_t k = neighbours.k;
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t i = 0; i < neighbours.ids.size(); ++i) {
        if (neighbours.ids[i] == kNoNeighbour) continue;
        sum += static_cast<double>(neighbours.distances[i]);
        ++count;
    }
    const double mean_of_all = count == 0 ? 0 : sum / static_cast<double>(count);

    std::vector<float> weights(neighbours.ids.size());
    for_blocks(neighbours.points(), threads, [&](std::size_t begin, std::size_t end) {
        std::vector<double> beyond(k);  // d - rho
        for (std::size_t i = begin; i < end; ++i) {
            std::size_t own = 0;
            double total = 0;
            while (own < k && neighbours.ids[i * k + own] != kNoNeighbour)
                total += static_cast<double>(neighbours.distances[i * k + own++]);
            if (own == 0) continue;
            double rho = 0;
            for (std::size_t j = 0; j < own && rho == 0; ++j)
                rho = static_cast<double>(neighbours.distances[i * k + j]);
            for (std::size_t j = 0; j < own; ++j)
                beyond[j] = std::max(0.0, static_cast<double>(neighbours.distances[i * k + j]) - rho);

            const double wanted = std::log2(static_cast<double>(own));
            double low = 0;
            double high = std::numeric_limits<double>::infinity();
            double sigma = 1;
            for (int step = 0; step < kBisections; ++step) {
                double reached = 0;
                for (std::size_t j = 0; j < own; ++j)
                    reached += std::exp(-beyond[j] / sigma);
                if (std::abs(reached - wanted) < 1e-5) break;
                (reached > wanted ? high : low) = sigma;
                sigma = std::isinf(high) ? sigma * 2 : (low + high) / 2;
                if (sigma > 1e6 || sigma < 1e-12) break;  // the wanted sum is out of reach
            }
            const double mean = rho > 0 ? total / static_cast<double>(own) : mean_of_all;
            sigma = std::max(sigma, kSmallestSigma * mean);
            for (std::size_t j = 0; j < own; ++j)
                weights[i * k + j] = static_cast<float>(beyond[j] == 0 ? 1 : std::exp(-beyond[j] / sigma));
        }
    });
    return weights;
}

/// Edges of each point, by point.
struct Graph {
    std::vector<std::size_t> begin;  ///< first edge of each point, and the number of all
    std::vector<std::uint32_t> to;
    std::vector<float> weight;  ///< 0..1
    std::size_t points() const { return begin.size() - 1; }
};

/// The fuzzy union of both directions, w + w' - w w' (section 3.1).
Graph unite(const Neighbours& neighbours, const std::vector<float>& weights) {
    const std::size_t points = neighbours.points();
    const std::size_t k = neighbours.k;
    // The same edges from their other end, by rising id of the first.
    std::vector<std::size_t> in_begin(points + 1);
    for (const std::uint32_t id : neighbours.ids) {
        if (id != kNoNeighbour) ++in_begin[id + 1];
    }
    for (std::size_t i = 0; i < points; ++i)
        in_begin[i + 1] += in_begin[i];
    std::vector<std::pair<std::uint32_t, float>> in(in_begin.back());
    {
        std::vector<std::size_t> next(in_begin.begin(), in_begin.end() - 1);
        for (std::size_t e = 0; e < neighbours.ids.size(); ++e) {
            if (neighbours.ids[e] == kNoNeighbour) continue;
            in[next[neighbours.ids[e]]++] = {static_cast<std::uint32_t>(e / k), weights[e]};
        }
    }
    Graph graph;
    graph.begin.assign(1, 0);
    std::vector<std::pair<std::uint32_t, float>> out;
    const auto add = [&](std::size_t from, std::uint32_t to, float weight) {
        if (to == from || weight <= 0) return;
        graph.to.push_back(to);
        graph.weight.push_back(weight);
    };
    for (std::size_t i = 0; i < points; ++i) {
        out.clear();
        for (std::size_t e = i * k; e < (i + 1) * k; ++e) {
            if (neighbours.ids[e] != kNoNeighbour) out.emplace_back(neighbours.ids[e], weights[e]);
        }
        std::sort(out.begin(), out.end());
        std::size_t o = 0;
        std::size_t n = in_begin[i];
        while (o < out.size() || n < in_begin[i + 1]) {
            if (n == in_begin[i + 1] || (o < out.size() && out[o].first < in[n].first)) {
                add(i, out[o].first, out[o].second);
                ++o;
            } else if (o == out.size() || in[n].first < out[o].first) {
                add(i, in[n].first, in[n].second);
                ++n;
            } else {
                add(i, out[o].first, out[o].second + in[n].second - out[o].second * in[n].second);
                ++o;
                ++n;
            }
        }
        graph.begin.push_back(graph.to.size());
    }
    return graph;
}

/// splitmix64 (Steele, Lea and Flood, 2014): a stream for each start, cheap to begin.
class Stream {
public:
    Stream(std::uint64_t seed, std::uint64_t epoch, std::uint64_t point)
        : state_(mix(mix(seed + 0x9E3779B97F4A7C15ULL * (epoch + 1)) ^ (point * 0xD1B54A32D192ED03ULL))) {}
    std::uint64_t bits() { return mix(state_ += 0x9E3779B97F4A7C15ULL); }

private:
    static std::uint64_t mix(std::uint64_t z) {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
        return z ^ (z >> 31);
    }
    std::uint64_t state_;
};

int epochs_of(const UmapParams& params, std::size_t points) {
    if (params.epochs > 0) return params.epochs;
    return points <= kFew ? kEpochsOfFew : kEpochsOfMany;
}

/// What one epoch does: the points `first`.. of `from` move by their edges and are written to `to`; edges lead to any
/// point of `from`.
class Epoch {
public:
    Epoch(const Graph& graph, std::size_t first, const UmapParams& params, int epochs)
        : graph_(graph),
          first_(first),
          params_(params),
          epochs_(epochs),
          heaviest_(graph.weight.empty() ? 1 : *std::max_element(graph.weight.begin(), graph.weight.end())) {
        const UmapCurve curve = fit_umap_curve(params.min_dist, params.spread);
        a_ = static_cast<float>(curve.a);
        b_ = static_cast<float>(curve.b);
    }

    void run(int epoch, const Matrix& from, Matrix& to) const {
        const float rate =
            static_cast<float>(params_.rate * (1 - static_cast<double>(epoch) / static_cast<double>(epochs_)));
        for_blocks(graph_.points(), params_.threads, [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i)
                move(i, epoch, rate, from, to);
        });
    }

private:
    /// An edge is used in weight / heaviest of the epochs, at equal steps: the same from both of its ends.
    bool is_used(std::size_t edge, int epoch) const {
        const float share = graph_.weight[edge] / heaviest_;
        return std::floor(share * static_cast<float>(epoch + 1)) > std::floor(share * static_cast<float>(epoch));
    }

    void move(std::size_t i, int epoch, float rate, const Matrix& from, Matrix& to) const {
        const std::size_t self = first_ + i;
        float x = from(self, 0);
        float y = from(self, 1);
        Stream random(params_.seed, static_cast<std::uint64_t>(epoch), i);
        const auto points = static_cast<std::uint64_t>(from.rows());
        for (std::size_t edge = graph_.begin[i]; edge < graph_.begin[i + 1]; ++edge) {
            if (!is_used(edge, epoch)) continue;
            attract(x, y, from.row(graph_.to[edge]), rate);
            std::uint64_t bits = 0;
            for (int n = 0; n < params_.negatives; ++n) {
                bits = n % 2 == 0 ? random.bits() : bits >> 32;
                const auto other = static_cast<std::size_t>(((bits & 0xFFFFFFFFU) * points) >> 32);
                if (other != self) repel(x, y, from.row(other), rate);
            }
        }
        to(self, 0) = x;
        to(self, 1) = y;
    }

    // The gradients of section 3.2, for the similarity 1 / (1 + a d^2b).
    void attract(float& x, float& y, std::span<const float> other, float rate) const {
        const float dx = x - other[0];
        const float dy = y - other[1];
        const float squared = dx * dx + dy * dy;
        if (squared <= 0) return;
        const float power = std::pow(squared, b_);
        const float force = -2 * a_ * b_ * power / (squared * (1 + a_ * power));
        x += rate * limited(force * dx);
        y += rate * limited(force * dy);
    }
    void repel(float& x, float& y, std::span<const float> other, float rate) const {
        const float dx = x - other[0];
        const float dy = y - other[1];
        const float squared = dx * dx + dy * dy;
        const float force = 2 * b_ / ((0.001F + squared) * (1 + a_ * std::pow(squared, b_)));
        x += rate * limited(force * dx);
        y += rate * limited(force * dy);
    }
    static float limited(float move) { return std::clamp(move, -kLargestMove, kLargestMove); }

    const Graph& graph_;
    const std::size_t first_;
    const UmapParams& params_;
    const int epochs_;
    const float heaviest_;
    float a_ = 0;
    float b_ = 0;
};

Matrix first_positions(std::size_t points, const Matrix& start, std::uint64_t seed) {
    if (start.rows() > 0 && (start.rows() != points || start.columns() != 2))
        throw Error(ErrorCode::invalid_argument, "A picture starts with two coordinates for each point.");
    Matrix positions(points, 2);
    Random random(seed);
    for (std::size_t i = 0; i < points; ++i) {
        for (std::size_t c = 0; c < 2; ++c) {
            const double away = random.uniform(-1, 1);
            positions(i, c) = start.rows() == 0 ? kUmapStart * static_cast<float>(away)
                                                : start(i, c) + kNoise * static_cast<float>(away);
            if (!std::isfinite(positions(i, c)))
                throw Error(ErrorCode::invalid_argument, "A picture starts with finite coordinates.");
        }
    }
    return positions;
}

}  // namespace

UmapCurve fit_umap_curve(double min_dist, double spread) {
    constexpr int kSamples = 300;
    std::array<double, kSamples> distance{};
    std::array<double, kSamples> wanted{};
    for (int i = 0; i < kSamples; ++i) {
        const auto at = static_cast<std::size_t>(i);
        distance[at] = 3 * spread * i / (kSamples - 1);
        wanted[at] = distance[at] < min_dist ? 1 : std::exp(-(distance[at] - min_dist) / spread);
    }
    // Levenberg and Marquardt's method over log a and b; d = 0 fits whatever they are.
    double log_a = 0;
    double b = 1;
    const auto error_of = [&](double p, double q) {
        double sum = 0;
        for (std::size_t i = 1; i < kSamples; ++i) {
            const double off = 1 / (1 + std::exp(p) * std::pow(distance[i], 2 * q)) - wanted[i];
            sum += off * off;
        }
        return sum;
    };
    double damping = 1e-3;
    double error = error_of(log_a, b);
    for (int step = 0; step < 200; ++step) {
        double aa = 0;
        double ab = 0;
        double bb = 0;
        double a_off = 0;
        double b_off = 0;
        for (std::size_t i = 1; i < kSamples; ++i) {
            const double power = std::exp(log_a) * std::pow(distance[i], 2 * b);
            const double value = 1 / (1 + power);
            const double by_a = -value * value * power;
            const double by_b = by_a * 2 * std::log(distance[i]);
            const double off = value - wanted[i];
            aa += by_a * by_a;
            ab += by_a * by_b;
            bb += by_b * by_b;
            a_off += by_a * off;
            b_off += by_b * off;
        }
        const double damped_a = aa * (1 + damping);
        const double damped_b = bb * (1 + damping);
        const double determinant = damped_a * damped_b - ab * ab;
        if (!(determinant > 0)) break;
        const double to_a = log_a - (damped_b * a_off - ab * b_off) / determinant;
        const double to_b = b - (damped_a * b_off - ab * a_off) / determinant;
        const double reached = error_of(to_a, to_b);
        if (!(reached < error)) {
            damping *= 10;
            if (damping > 1e12) break;
            continue;
        }
        const bool done = error - reached < 1e-14;
        log_a = to_a;
        b = to_b;
        error = reached;
        damping = std::max(damping / 10, 1e-12);
        if (done) break;
    }
    return {.a = std::exp(log_a), .b = b};
}

Matrix umap(const Neighbours& neighbours, const Matrix& start, const UmapParams& params, const UmapReport& report) {
    const std::size_t points = neighbours.k == 0 ? start.rows() : neighbours.points();
    check(neighbours, points);
    Matrix positions = first_positions(points, start, params.seed);
    if (neighbours.k == 0) return positions;
    const Graph graph = unite(neighbours, memberships(neighbours, params.threads));
    const int epochs = epochs_of(params, points);
    const Epoch work(graph, 0, params, epochs);
    Matrix next(points, 2);
    for (int epoch = 0; epoch < epochs; ++epoch) {
        if (report) report(static_cast<double>(epoch) / epochs);
        work.run(epoch, positions, next);
        std::swap(positions, next);
    }
    return positions;
}

Matrix umap_place(const Neighbours& neighbours, const Matrix& picture, const UmapParams& params) {
    check(neighbours, picture.rows());
    const std::size_t points = neighbours.points();
    const std::vector<float> weights = memberships(neighbours, params.threads);
    std::array<double, 2> middle{};
    for (std::size_t i = 0; i < picture.rows(); ++i) {
        for (std::size_t c = 0; c < 2; ++c)
            middle[c] += static_cast<double>(picture(i, c)) / static_cast<double>(picture.rows());
    }
    // The old points come first, so that edges keep their ids.
    const std::size_t old = picture.rows();
    Matrix positions(old + points, 2);
    std::copy_n(picture.data(), old * 2, positions.data());
    Graph graph;
    graph.begin.assign(1, 0);
    for (std::size_t i = 0; i < points; ++i) {
        std::array<double, 2> sum{};
        double total = 0;
        for (std::size_t e = i * neighbours.k; e < (i + 1) * neighbours.k; ++e) {
            if (neighbours.ids[e] == kNoNeighbour) break;
            graph.to.push_back(neighbours.ids[e]);
            graph.weight.push_back(weights[e]);
            const auto weight = static_cast<double>(weights[e]);
            for (std::size_t c = 0; c < 2; ++c)
                sum[c] += weight * static_cast<double>(picture(neighbours.ids[e], c));
            total += weight;
        }
        graph.begin.push_back(graph.to.size());
        for (std::size_t c = 0; c < 2; ++c)
            positions(old + i, c) = static_cast<float>(total > 0 ? sum[c] / total : middle[c]);
    }
    const int epochs = std::max(1, epochs_of(params, positions.rows()) / 3);
    const Epoch work(graph, old, params, epochs);
    Matrix next = positions;
    for (int epoch = 0; epoch < epochs; ++epoch) {
        work.run(epoch, positions, next);
        std::swap(positions, next);
    }
    Matrix placed(points, 2);
    std::copy_n(positions.data() + old * 2, points * 2, placed.data());
    return placed;
}

}  // namespace audiomuse::numeric
