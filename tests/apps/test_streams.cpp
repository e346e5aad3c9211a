// What happens to a command whose standard streams are full, closed, gone or unusual.
#include <fcntl.h>
#include <sonant/core/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "apps/six_speakers.h"

using namespace sonant;
namespace fs = std::filesystem;

namespace {

std::string bytes_of(const fs::path& path) { return read_text(path, "test"); }

const std::string& trained_model() {
  static const TempFolder folder;
  static const std::string path = folder / "m.st";
  static const int status = run_sonant(small_training({"--out", path})).status;
  REQUIRE(status == 0);
  return path;
}

// A pipe that nobody reads any more.
class ClosedPipe {
 public:
  ClosedPipe() {
    int ends[2];
    if (::pipe(ends) == 0) ::close(ends[0]), write_end_ = ends[1];
  }
  ClosedPipe(const ClosedPipe&) = delete;
  ClosedPipe& operator=(const ClosedPipe&) = delete;
  ~ClosedPipe() { ::close(write_end_); }
  std::string path() const {
    return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(write_end_);
  }

 private:
  int write_end_ = -1;
};

// A terminal of our own: the command's stderr and what it is controlled by.
class Terminal {
 public:
  Terminal() : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    if (master_ < 0 || ::grantpt(master_) != 0 || ::unlockpt(master_) != 0)
      throw std::runtime_error("no terminal");
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal() { hang_up(); }
  void hang_up() {
    if (master_ >= 0) ::close(master_);
    master_ = -1;
  }
  pid_t start(const Words& words) const {
    const pid_t child = ::fork();
    if (child != 0) return child;
    ::setsid();
    const int terminal = ::open(::ptsname(master_), O_RDWR);  // and now it controls us
    for (const int fd : {0, 1, 2}) ::dup2(terminal, fd);
    exec_sonant(words);
  }

 private:
  int master_;
};

int status_of(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

TEST_CASE("messages that nobody can read end no run", "[apps]") {
  const ClosedPipe nobody;
  for (const std::string& err : {std::string("/dev/full"), std::string(), nobody.path()}) {
    INFO("stderr: " << err);
    const TempFolder folder;
    const ::RunOptions options{.redirect = {{2, err}}};
    const Outcome named = run_sonant({"predict", a_sound()}, options);
    CHECK(named.status == 0);
    CHECK_THAT(named.out, ContainsSubstring("03-01-01-01-01-01-01.wav: "));
    Words training = small_training(
        {"--out", folder / "m.st", "--result", folder / "r.json", "--report", folder / "r.html"});
    training.erase(training.begin() + 1);  // --quiet
    CHECK(run_sonant(training, options).status == 0);
    CHECK(bytes_of(folder / "m.st") == bytes_of(trained_model()));
    CHECK_THAT(bytes_of(folder / "r.json"), ContainsSubstring("\"interrupted\": false"));
    CHECK(fs::exists(folder / "r.html"));
    CHECK(run_sonant({"predict", "no.wav"}, options).status == 1);
    CHECK(run_sonant({"predict", "--no-such-option"}, options).status == 2);
  }
}

TEST_CASE("data that nobody takes are an error, after the files are written", "[apps]") {
  const ClosedPipe nobody;
  for (const std::string& out : {std::string("/dev/full"), std::string(), nobody.path()}) {
    const TempFolder folder;
    const ::RunOptions options{.redirect = {{1, out}}};
    const auto fails = [&](const Words& words) {
      const Outcome outcome = run_sonant(words, options);
      INFO("stdout: " << out << ", " << words[0] << ", stderr: " << outcome.err);
      CHECK(outcome.status == 1);
      const auto error = outcome.err.rfind("sonant: ");  // a training has a note before it
      REQUIRE(error != std::string::npos);
      CHECK((error == 0 || outcome.err[error - 1] == '\n'));
      CHECK(outcome.err.find('\n', error) == outcome.err.size() - 1);
      CHECK_THAT(outcome.err, ContainsSubstring("standard output"));
    };
    const std::string model = trained_model();
    fails({"predict", "-q", "--model", model, a_sound()});
    fails({"predict", "-q", "--model", model, "--json", a_sound()});
    fails({"evaluate", "-q", "--model", model, "--data", six_speakers()});
    fails({"summary"});
    fails({"summary", "--json"});
    fails({"info"});
    fails({"graph"});
    fails({"tune", "--print-space", "notebook"});
    fails({"--help"});
    fails({"train", "--help"});
    fails({"--version"});
    fails({"inspect", "-q", "--model", model, a_sound(), "--out", folder / "i.html"});
    CHECK(fs::exists(folder / "i.html"));
    fails(small_training({"--out", folder / "m.st", "--result", folder / "r.json"}));
    CHECK(bytes_of(folder / "m.st") == bytes_of(model));
    CHECK(fs::exists(folder / "r.json"));
    fails(small_training({"--out", folder / "n.st", "--json"}));
    CHECK(bytes_of(folder / "n.st") == bytes_of(model));
    // What prints nothing misses nothing.
    CHECK(run_sonant({"features", "-q", a_sound(), "--out", folder / "f.npz"}, options).status ==
          0);
  }
}

TEST_CASE("a file never takes the place of a stream that was closed", "[apps]") {
  const TempFolder folder;
  const std::string usual = folder / "usual.npz";
  REQUIRE(run_sonant({"features", a_sound(), "--out", usual}).status == 0);
  for (const std::vector<int>& closed : std::vector<std::vector<int>>{{2}, {1, 2}, {0, 1, 2}}) {
    ::RunOptions options;
    for (const int fd : closed) options.redirect[fd] = "";
    const std::string out = folder / std::to_string(closed.size());
    CHECK(run_sonant({"features", a_sound(), "--out", out}, options).status == 0);
    CHECK(bytes_of(out) == bytes_of(usual));
    Words training = small_training({"--out", out + ".st"});
    training.erase(training.begin() + 1);
    CHECK(run_sonant(training, options).status == (closed.size() == 1 ? 0 : 1));
    CHECK(bytes_of(out + ".st") == bytes_of(trained_model()));
    CHECK(run_sonant({"features", "-", "--out", out + ".n"}, {.redirect = {{0, ""}}}).status == 1);
  }
}

TEST_CASE("a run whose terminal goes away ends well", "[apps]") {
  const TempFolder folder;
  Words training = small_training({"--out", folder / "m.st", "--epochs", "40", "--result",
                                   folder / "r.json", "--checkpoint-every", "0"});
  training.erase(training.begin() + 1);
  Terminal terminal;
  const pid_t child = terminal.start(training);
  REQUIRE(child > 0);
  for (int ms = 0; ms < 20000 && !fs::exists(folder / "m.st.checkpoint"); ++ms) ::usleep(1000);
  REQUIRE(fs::exists(folder / "m.st.checkpoint"));
  REQUIRE_FALSE(fs::exists(folder / "m.st"));
  terminal.hang_up();
  CHECK(status_of(child) == 1);  // its table is lost, and nothing else
  CHECK(fs::exists(folder / "m.st"));
  CHECK_THAT(bytes_of(folder / "r.json"), ContainsSubstring("\"interrupted\": false"));
}

TEST_CASE("standard input may be a socket, or a file that is read in part", "[apps]") {
  const TempFolder folder;
  const std::string sound = bytes_of(a_sound());
  const auto answer = [](const std::string& json) { return json.substr(json.find("\"label\"")); };
  const Outcome usual = run_sonant({"predict", "-q", "--json", a_sound()});
  for (const Words& words :
       {Words{"predict", "-q", "--json", "-"}, Words{"predict", "-q", "--json", "/dev/stdin"},
        Words{"features", "-q", "-", "--out", folder / "f.npz"},
        Words{"inspect", "-q", "-", "--out", folder / "i.html"}}) {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    std::thread sender([&] {
      std::string_view rest = sound;
      while (!rest.empty()) {
        const ssize_t n = ::send(ends[1], rest.data(), rest.size(), MSG_NOSIGNAL);
        if (n <= 0) break;
        rest.remove_prefix(static_cast<std::size_t>(n));
      }
      ::shutdown(ends[1], SHUT_WR);
    });
    const Outcome outcome = run_sonant(words, {.standard_input = ends[0]});
    ::close(ends[0]);
    sender.join();
    ::close(ends[1]);
    INFO(outcome.err);
    CHECK(outcome.status == 0);
    if (words[0] == "predict") CHECK(answer(outcome.out) == answer(usual.out));
  }
  write_file(folder / "behind", "a line\n" + sound, "test");
  const int file = ::open((folder / "behind").c_str(), O_RDONLY | O_CLOEXEC);
  ::lseek(file, 7, SEEK_SET);
  const Outcome rest = run_sonant({"predict", "-q", "--json", "-"}, {.standard_input = file});
  ::close(file);
  CHECK(answer(rest.out) == answer(usual.out));
}
