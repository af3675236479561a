// The running processes that hand out music files to workers on other machines.
#pragma once

#include <string>
#include <vector>

namespace audiomuse::store {

struct Instance {
    std::string id;      ///< of the process, chosen by it
    std::string url;     ///< under which others reach it, e.g. "http://10.0.0.7:8000"
    double seen_at = 0;  ///< Unix seconds, by the database's clock
};

class Instances {
public:
    virtual ~Instances() = default;
    /// Says that the process is there. It does so again and again; what was not heard of for a day is forgotten.
    virtual void announce(const std::string& id, const std::string& url) = 0;
    /// Those that announced themselves within the last `max_age_s` seconds, the one heard of last first.
    virtual std::vector<Instance> living(double max_age_s) = 0;
    /// The process ends.
    virtual void withdraw(const std::string& id) = 0;
};

}  // namespace audiomuse::store
