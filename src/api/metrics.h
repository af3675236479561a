// Counters behind /metrics, in Prometheus' text format.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace audiomuse::api {

/// Upper ends of the latency histogram, in seconds.
inline constexpr std::array<double, 9> kLatencyBuckets = {0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30};

/// Thread-safe.
class Metrics {
public:
    /// One answered request. `route` is the route's name, "page" or "none": never text of a client's, so that the
    /// number of lines stays small.
    void observe(std::string_view route, int status, double seconds);
    std::string text() const;

    std::atomic<std::int64_t> connections = 0;          ///< open now
    std::atomic<std::int64_t> connections_refused = 0;  ///< ever, because there were too many

private:
    struct Latency {
        std::array<std::int64_t, kLatencyBuckets.size()> buckets{};  ///< cumulative
        double sum = 0;
        std::int64_t count = 0;
    };
    mutable std::mutex mutex_;  // guards the maps
    std::map<std::pair<std::string, int>, std::int64_t, std::less<>> requests_;
    std::map<std::string, Latency, std::less<>> latency_;
};

/// "# HELP", "# TYPE" and the lines of one metric.
class MetricText {
public:
    void begin(std::string_view name, std::string_view type, std::string_view help);
    /// `labels` as they stand between the braces, e.g. `state="PENDING"`; empty for none.
    void value(std::string_view labels, double value, std::string_view suffix = "");
    const std::string& text() const { return text_; }

private:
    std::string text_;
    std::string name_;
};

/// Resident memory in bytes, processor seconds and open files of this process, from /proc.
struct ProcessFigures {
    double resident_bytes = 0;
    double cpu_seconds = 0;
    double open_files = 0;
};
ProcessFigures process_figures();

}  // namespace audiomuse::api
