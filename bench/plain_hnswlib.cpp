// The one file that includes hnswlib: its header defines functions that are not inline.
#include "plain_hnswlib.h"

#include <hnswlib/hnswlib.h>

#include <algorithm>

#include "audiomuse/base/parallel.h"
#include "audiomuse/numeric/distance.h"

namespace audiomuse::bench {

struct PlainHnswlib::State {
    State(std::size_t count, std::size_t dimension, const index::IndexParams& params)
        : angular(params.metric == index::Metric::angular),
          dot(dimension),
          l2(dimension),
          graph(angular ? static_cast<hnswlib::SpaceInterface<float>*>(&dot) : &l2, count, params.M,
                params.ef_construction) {}
    bool angular;
    hnswlib::InnerProductSpace dot;
    hnswlib::L2Space l2;
    hnswlib::HierarchicalNSW<float> graph;
};

PlainHnswlib::PlainHnswlib(const numeric::Matrix& rows, const index::IndexParams& params, unsigned threads)
    : state_(std::make_unique<State>(rows.rows(), rows.columns(), params)) {
    parallel_for(rows.rows(), threads, [&](std::size_t i) {
        std::vector<float> row(rows.row(i).begin(), rows.row(i).end());
        if (state_->angular) numeric::normalise(row);
        state_->graph.addPoint(row.data(), i);
    });
}

PlainHnswlib::~PlainHnswlib() = default;

void PlainHnswlib::set_ef(std::size_t ef) {
    state_->graph.setEf(ef);
}

std::vector<std::int64_t> PlainHnswlib::search(const float* query, std::size_t k) const {
    auto found = state_->graph.searchKnn(query, k);
    std::vector<std::int64_t> ids;
    for (; !found.empty(); found.pop())
        ids.push_back(static_cast<std::int64_t>(found.top().second));
    std::reverse(ids.begin(), ids.end());
    return ids;
}

}  // namespace audiomuse::bench
