// A web server in the place of a language model.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "support/web_server.h"

namespace audiomuse::testing_support {

/// Gives its answers one after another, and the last one again and again.
class StandInModel {
public:
    struct Answer {
        std::string status;
        std::string body;
        std::string headers = {};  ///< further ones, each with its line end
    };
    struct Asked {
        std::string head;
        std::string body;
    };

    explicit StandInModel(std::vector<Answer> answers)
        : answers_(std::move(answers)), server_([this](int socket, const std::string& head) { talk(socket, head); }) {}

    std::string url(const std::string& path) const { return server_.url(path); }
    std::vector<Asked> asked() const {
        std::lock_guard lock(mutex_);
        return asked_;
    }

private:
    void talk(int socket, const std::string& head) {
        Asked asked{head, {}};
        constexpr std::string_view kLength = "Content-Length: ";
        const std::size_t at = head.find(kLength);
        const std::size_t length = at == std::string::npos ? 0 : std::stoul(head.substr(at + kLength.size()));
        for (char c = 0; asked.body.size() < length && ::recv(socket, &c, 1, 0) == 1;)
            asked.body += c;
        Answer answer;
        {
            std::lock_guard lock(mutex_);
            answer = answers_[std::min(asked_.size(), answers_.size() - 1)];
            asked_.push_back(std::move(asked));
        }
        WebServer::answer(socket, answer.status, answer.body, answer.headers);
    }

    mutable std::mutex mutex_;  // guards asked_
    std::vector<Answer> answers_;
    std::vector<Asked> asked_;
    WebServer server_;  // last: it calls back into the others
};

}  // namespace audiomuse::testing_support
