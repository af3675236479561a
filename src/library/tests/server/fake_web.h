// A web server for tests, which answers as a program says and breaks down as a test wants it to.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace audiomuse::library::testing {

/// A request, taken apart. Names of headers are in lower case; parameters of a form in the body are among `query`.
struct WebRequest {
    std::string method;
    std::string path;  ///< as it was sent, without the query
    std::multimap<std::string, std::string> query;
    std::map<std::string, std::string> headers;
    std::string body;

    std::string value(const std::string& name) const;  ///< the first of that name; "" when there is none
    std::vector<std::string> values(const std::string& name) const;
    std::string header(const std::string& name) const;
    std::string decoded_path() const;
};

struct WebAnswer {
    int status = 200;
    std::string type = "application/json";
    std::string body;
    bool close = false;  ///< ends the connection without a byte, as Lyrion does for what it refuses
};

/// What goes wrong.
enum class Fault {
    none,
    refused,  ///< no server: tests use an address where nobody listens, see closed_port
    status_401,
    status_403,
    status_404,
    status_500,
    slow,          ///< no byte within the client's limit
    stalled,       ///< half of the body, then nothing
    cut,           ///< half of the body, then the end of the connection
    wrong_length,  ///< Content-Length promises more than comes
    html,          ///< 200 and a web page
    redirect,      ///< 302 to another host
    xml_error,     ///< 200 and a Subsonic error in XML
};
inline constexpr Fault kFaults[] = {Fault::refused,      Fault::status_401, Fault::status_403, Fault::status_404,
                                    Fault::status_500,   Fault::slow,       Fault::stalled,    Fault::cut,
                                    Fault::wrong_length, Fault::html,       Fault::redirect,   Fault::xml_error};
std::string name_of(Fault fault);
int closed_port();

/// Listens on a free port of this machine. One request for each connection; requests are answered side by side.
class FakeWeb {
public:
    using Answer = std::function<WebAnswer(const WebRequest&)>;
    explicit FakeWeb(Answer answer);
    ~FakeWeb();
    FakeWeb(const FakeWeb&) = delete;
    FakeWeb& operator=(const FakeWeb&) = delete;

    std::string url() const;
    /// From the next request on.
    void set_fault(Fault fault) { fault_ = fault; }
    /// All requests so far, in the order of their arrival.
    std::vector<WebRequest> requests() const;
    void forget_requests();

private:
    void serve();
    void talk(int socket);

    Answer answer_;
    std::atomic<Fault> fault_{Fault::none};
    std::atomic<bool> ending_{false};
    mutable std::mutex mutex_;
    std::vector<WebRequest> requests_;
    int port_ = 0;
    int listener_ = -1;
    std::jthread acceptor_;
};

}  // namespace audiomuse::library::testing
