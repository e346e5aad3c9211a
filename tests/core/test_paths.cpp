// What a command would overwrite is seen before it works, however the path is spelt.
#include <fcntl.h>
#include <sonant/core/file.h>
#include <sonant/core/paths.h>
#include <sonant/core/usage.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vector>

#include "support/catch.h"
#include "support/temp_folder.h"
#include "support/text.h"

namespace fs = std::filesystem;
using namespace sonant;

namespace {

std::string refusal(const std::vector<NamedPath>& paths) {
  return test::refusal<UsageError>([&] { check_paths(paths); });
}

// The descriptor leads to `path` while this lives.
class Redirected {
 public:
  Redirected(int fd, const fs::path& path, int flags) : fd_(fd), saved_(::dup(fd)) {
    const int file = ::open(path.c_str(), flags, 0666);
    ::dup2(file, fd_);
    ::close(file);
  }
  Redirected(const Redirected&) = delete;
  Redirected& operator=(const Redirected&) = delete;
  ~Redirected() {
    ::dup2(saved_, fd_);
    ::close(saved_);
  }

 private:
  int fd_, saved_;
};

}  // namespace

TEST_CASE("an output that is an input is refused, however it is spelt", "[core]") {
  const TempFolder folder;
  write_file(folder / "a.wav", "sound", "test");
  fs::create_directory(folder / "sub");
  fs::create_symlink(folder / "a.wav", folder / "link.wav");
  fs::create_symlink(folder.path, folder / "sub" / "up");
  fs::create_hard_link(folder / "a.wav", folder / "hard.wav");
  const NamedPath input{"FILE", folder / "a.wav", PathRole::input};
  const std::vector<fs::path> spellings{folder / "a.wav",
                                        folder / "link.wav",
                                        folder / "hard.wav",
                                        fs::relative(input.path, fs::current_path()),
                                        folder.path / "." / "sub" / ".." / "a.wav",
                                        folder.path / "sub" / "up" / "a.wav"};
  for (const fs::path& output : spellings) {
    CHECK_THAT(refusal({input, {"--out", output, PathRole::output}}),
               ContainsSubstring("--out " + output.native() + " would overwrite FILE " +
                                 input.path.native()));
  }
  CHECK(refusal({input, {"--out", folder / "b.npz", PathRole::output}}).empty());
  CHECK(refusal({input, {"--out", folder / "A.wav", PathRole::output}}).empty());
  CHECK(refusal({input, {"--model", input.path, PathRole::input}}).empty());
}

TEST_CASE("two outputs that are one are refused before there is a file", "[core]") {
  const TempFolder folder;
  fs::create_directory(folder / "sub");
  fs::create_symlink("../x", folder / "sub" / "dangling");
  fs::create_symlink(folder.path, folder / "sub" / "up");
  const NamedPath out{"--out", folder / "x", PathRole::output};
  for (const fs::path& other : {fs::path("./x"), fs::path("sub/../x"), fs::path("sub/up/x"),
                                fs::path("sub/dangling"), fs::path("sub//..//./x")}) {
    CHECK_THAT(refusal({out, {"--json", folder.path / other, PathRole::output}}),
               ContainsSubstring("are one and the same"));
  }
  CHECK(refusal({out, {"--json", folder / "sub" / "x", PathRole::output}}).empty());
  CHECK(refusal({out, {"--json", folder / "X", PathRole::output}}).empty());
  CHECK_FALSE(refusal({out, {"--study", folder / "x", PathRole::store}}).empty());
  CHECK_FALSE(refusal({out, {"--cache", folder / "x", PathRole::folder}}).empty());
  for (const char* device : {"/dev/null", "/dev/full"})
    CHECK(refusal({{"--out", device, PathRole::output}, {"--json", device, PathRole::output}})
              .empty());
}

TEST_CASE("a store may be read by another option, and nothing else", "[core]") {
  const TempFolder folder;
  write_file(folder / "s.sqlite", "x", "test");
  const NamedPath study{"--study", folder / "s.sqlite", PathRole::store};
  CHECK(refusal({study, {"--seed-from", study.path, PathRole::input}}).empty());
  CHECK_FALSE(refusal({study, {"--data", study.path, PathRole::corpus}}).empty());
  CHECK_FALSE(refusal({study, {"--out", study.path, PathRole::output}}).empty());
}

TEST_CASE("folders and files are not mistaken for each other", "[core]") {
  const TempFolder folder;
  write_file(folder / "file", "x", "test");
  fs::create_directory(folder / "dir");
  fs::create_symlink("dir", folder / "link");
  for (const fs::path& out :
       {folder / "dir", folder / "link", folder / "new/", fs::path("."), fs::path("/")}) {
    CHECK_THAT(refusal({{"--out", out, PathRole::output}}), ContainsSubstring("is a folder"));
  }
  CHECK_THAT(refusal({{"--out", folder / "file", PathRole::folder}}),
             ContainsSubstring("is a file; expected a folder"));
  for (const char* none : {"", "-"})
    CHECK_THAT(refusal({{"--out", none, PathRole::output}}), ContainsSubstring("expects a path"));
  CHECK(refusal({{"--out", folder / "new/", PathRole::folder}}).empty());
  CHECK(refusal({{"--out", folder / "dir", PathRole::folder}}).empty());
}

TEST_CASE("a corpus gets no sounds and loses none; a tree is left alone", "[core]") {
  const TempFolder folder;
  fs::create_directories(folder / "data/Actor_01");
  fs::create_symlink(folder / "data", folder / "elsewhere");
  const NamedPath data{"--data", folder / "data", PathRole::corpus};
  for (const char* name : {"data/x.wav", "data/Actor_01/x.FLAC", "elsewhere/Actor_01/x.wav"}) {
    CHECK_THAT(refusal({data, {"--out", folder / name, PathRole::output}}),
               ContainsSubstring("would become one of the sounds in --data"));
  }
  CHECK(refusal({data, {"--out", folder / "data/m.safetensors", PathRole::output}}).empty());
  CHECK(refusal({data, {"--out", folder / "data/cv", PathRole::folder}}).empty());
  CHECK(refusal({data, {"--out", folder / "database.wav", PathRole::output}}).empty());
  CHECK_THAT(refusal({data, {"--out", folder / "elsewhere", PathRole::folder}}),
             ContainsSubstring("would overwrite --data"));
  const NamedPath jobs{"the jobs of --out", folder / "cv/jobs", PathRole::tree};
  CHECK_THAT(refusal({jobs, {"--json", folder / "cv/jobs/fold0/r.json", PathRole::output}}),
             ContainsSubstring("lies in the jobs of --out"));
  CHECK(refusal({jobs, {"--json", folder / "cv/r.json", PathRole::output}}).empty());
}

TEST_CASE("streams: what is redirected, read twice, written twice", "[core]") {
  const TempFolder folder;
  write_file(folder / "a.wav", "sound", "test");
  const NamedPath dash{"FILE", "-", PathRole::input, true};
  {
    const Redirected in(0, folder / "a.wav", O_RDONLY);
    for (const char* path : {"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"}) {
      CHECK_THAT(refusal({{"FILE", path, PathRole::input, true},
                          {"--out", folder / "a.wav", PathRole::output}}),
                 ContainsSubstring("would overwrite FILE"));
      CHECK_THAT(refusal({dash, {"FILE", path, PathRole::input, true}}),
                 ContainsSubstring("can be read once"));
    }
    CHECK_FALSE(refusal({dash, {"--out", "/dev/stdin", PathRole::output}}).empty());
  }
  for (const char* path : {"-", "/dev/stdout", "/proc/self/fd/1"})
    CHECK_THAT(refusal({{"--json", "-", PathRole::output, true},
                        {"--report", path, PathRole::output, true}}),
               ContainsSubstring("are one and the same"));
  ::mkfifo((folder / "pipe").c_str(), 0600);
  CHECK_FALSE(
      refusal({{"A", folder / "pipe", PathRole::input}, {"B", folder / "pipe", PathRole::input}})
          .empty());

  const NamedPath model{"--model", folder / "a.wav", PathRole::input};
  {
    const Redirected out(1, folder / "a.wav", O_WRONLY | O_APPEND);
    CHECK_THAT(refusal({model}), ContainsSubstring("standard output would overwrite --model"));
    CHECK(refusal({{"--json", "-", PathRole::output, true}}).empty());
    CHECK(refusal({{"--json", folder / "b", PathRole::output}}).empty());
    const Redirected err(2, folder / "a.wav", O_WRONLY | O_APPEND);  // as in > log 2>&1
    CHECK(refusal({{"--json", "-", PathRole::output, true}}).empty());
  }
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);  // as under inetd and ssh
  {
    const std::string both = "/dev/fd/" + std::to_string(ends[0]);
    const std::string copy = "/dev/fd/" + std::to_string(::dup(ends[0]));
    CHECK(refusal({{"FILE", both, PathRole::input}, {"--out", copy, PathRole::output}}).empty());
    CHECK_FALSE(
        refusal({{"--json", both, PathRole::output}, {"--out", copy, PathRole::output}}).empty());
  }
  for (const int end : ends) ::close(end);
}

TEST_CASE("a descriptor is read and written as it is, a socket, too", "[core]") {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  const std::string here = "/dev/fd/" + std::to_string(ends[0]);
  check_writable(here, "test");
  write_file(here, "hello", "test");
  ::shutdown(ends[0], SHUT_WR);
  CHECK(read_text("/proc/self/fd/" + std::to_string(ends[1]), "test") == "hello");
  for (const int end : ends) ::close(end);

  const TempFolder folder;
  write_file(folder / "log", "0123456789", "test");
  const Redirected out(1, folder / "log", O_RDWR);
  CHECK(::lseek(1, 4, SEEK_SET) == 4);
  write_file("/dev/stdout", "abc", "test");  // where it stands, not a new file of the name
  CHECK(read_text("/dev/stdout", "test") == "789");
  CHECK(read_text(folder / "log", "test") == "0123abc789");
  const Redirected none(0, folder / "log", O_RDONLY);
  CHECK_THROWS_AS(check_writable("/dev/stdin", "test"), Error);
  CHECK_THROWS_AS(read_text("/dev/fd/987", "test"), Error);
  CHECK(descriptor_of("/dev/fd/x") == -1);
  CHECK(descriptor_of("/dev/fd/") == -1);
  CHECK(descriptor_of("dev/fd/1") == -1);
}

TEST_CASE("a link that leads nowhere is followed", "[core]") {
  const TempFolder folder;
  fs::create_symlink("later", folder / "link");
  write_file(folder / "link", "new", "test");
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(read_text(folder / "later", "test") == "new");
}

TEST_CASE("ten thousand inputs are no work", "[core]") {
  std::vector<NamedPath> paths{{"--out", "/tmp/none/x", PathRole::output}};
  for (int i = 0; i < 10000; ++i)
    paths.push_back({"FILE", "/tmp/none/" + std::to_string(i), PathRole::input});
  CHECK(refusal(paths).empty());
}
