#include "panels.h"

#include "audiomuse/base/parallel.h"

namespace audiomuse::numeric {
namespace {

constexpr std::size_t kPanelsPerTask = 16;

}  // namespace

Panels::Panels(const Matrix& rows, std::size_t begin, std::size_t end)
    : rows_(end - begin), columns_(rows.columns()), values_(round_up(rows_, kPanel) * columns_) {
    for (std::size_t i = 0; i < rows_; ++i)
        pack(i, rows.row(begin + i));
}

Panels::Panels(const Matrix& rows, std::span<const std::uint32_t> numbers)
    : rows_(numbers.size()), columns_(rows.columns()), values_(round_up(rows_, kPanel) * columns_) {
    for (std::size_t i = 0; i < rows_; ++i)
        pack(i, rows.row(numbers[i]));
}

void Panels::pack(std::size_t at, std::span<const float> row) {
    float* const first = values_.data() + (at / kPanel) * columns_ * kPanel + at % kPanel;
    for (std::size_t j = 0; j < columns_; ++j)
        first[j * kPanel] = row[j];
}

void for_panels(std::size_t count, unsigned threads, const CancelToken& cancel,
                const std::function<void(std::size_t, std::size_t)>& body) {
    parallel_for((count + kPanelsPerTask - 1) / kPanelsPerTask, threads, [&](std::size_t task) {
        cancel.check();
        body(task * kPanelsPerTask, std::min(count, (task + 1) * kPanelsPerTask));
    });
}

}  // namespace audiomuse::numeric
