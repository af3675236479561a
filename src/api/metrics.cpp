#include "metrics.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace audiomuse::api {

void Metrics::observe(std::string_view route, int status, double seconds) {
    std::lock_guard lock(mutex_);
    ++requests_[{std::string(route), status}];
    Latency& latency = latency_[std::string(route)];
    for (std::size_t i = 0; i < kLatencyBuckets.size(); ++i) {
        if (seconds <= kLatencyBuckets[i]) ++latency.buckets[i];
    }
    latency.sum += seconds;
    ++latency.count;
}

std::string Metrics::text() const {
    MetricText out;
    out.begin("audiomuse_http_connections", "gauge", "Open connections.");
    out.value("", static_cast<double>(connections.load()));
    out.begin("audiomuse_http_connections_refused_total", "counter",
              "Connections refused because there were too many.");
    out.value("", static_cast<double>(connections_refused.load()));
    std::lock_guard lock(mutex_);
    out.begin("audiomuse_http_requests_total", "counter", "Answered requests.");
    for (const auto& [key, count] : requests_) {
        out.value(fmt::format("route=\"{}\",status=\"{}\"", key.first, key.second), static_cast<double>(count));
    }
    out.begin("audiomuse_http_request_seconds", "histogram", "Time from a complete request to its answer.");
    for (const auto& [route, latency] : latency_) {
        for (std::size_t i = 0; i < kLatencyBuckets.size(); ++i) {
            out.value(fmt::format("route=\"{}\",le=\"{}\"", route, kLatencyBuckets[i]),
                      static_cast<double>(latency.buckets[i]), "_bucket");
        }
        out.value(fmt::format("route=\"{}\",le=\"+Inf\"", route), static_cast<double>(latency.count), "_bucket");
        out.value(fmt::format("route=\"{}\"", route), latency.sum, "_sum");
        out.value(fmt::format("route=\"{}\"", route), static_cast<double>(latency.count), "_count");
    }
    return out.text();
}

void MetricText::begin(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void MetricText::value(std::string_view labels, double value, std::string_view suffix) {
    if (labels.empty()) {
        text_ += fmt::format("{}{} {}\n", name_, suffix, value);
    } else {
        text_ += fmt::format("{}{}{{{}}} {}\n", name_, suffix, labels, value);
    }
}

ProcessFigures process_figures() {
    ProcessFigures figures;
    std::ifstream statm("/proc/self/statm");
    double total_pages = 0;
    double resident_pages = 0;
    if (statm >> total_pages >> resident_pages) {
        figures.resident_bytes = resident_pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
    }
    rusage usage{};
    if (::getrusage(RUSAGE_SELF, &usage) == 0) {
        const auto seconds = [](const timeval& t) {
            return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
        };
        figures.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    }
    std::error_code error;
    for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end; !error && entry != end;
         entry.increment(error)) {
        ++figures.open_files;
    }
    return figures;
}

}  // namespace audiomuse::api
