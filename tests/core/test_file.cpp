// Files are written whole or not at all.
#include <sonant/core/file.h>
#include <sonant/core/file_lock.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.h"
#include "support/temp_folder.h"

namespace fs = std::filesystem;
using namespace sonant;

namespace {

int files_in(const fs::path& path) {
  return static_cast<int>(std::distance(fs::directory_iterator(path), fs::directory_iterator()));
}

std::string text_of(const fs::path& path) { return read_text(path, "test"); }

}  // namespace

TEST_CASE("a file is replaced whole, its rights kept", "[core]") {
  const TempFolder folder;
  const fs::path file = folder / "model";
  write_file(file, "first", "test");
  fs::permissions(file, fs::perms(0640));
  write_file(file, "second, longer", "test");
  CHECK(text_of(file) == "second, longer");
  CHECK((fs::status(file).permissions() & fs::perms(0777)) == fs::perms(0640));
  CHECK(files_in(folder.path) == 1);
}

TEST_CASE("a file is written in parts, none of them copied", "[core]") {
  const TempFolder folder;
  const std::string first = "head, ", second = "", third = "tensors";
  std::vector<std::span<const std::byte>> parts;
  for (const std::string* part : {&first, &second, &third})
    parts.push_back(std::as_bytes(std::span(*part)));
  write_file(folder / "model", parts, "test");
  CHECK(text_of(folder / "model") == "head, tensors");
  write_file(folder / "model", std::span(parts).first(0), "test");
  CHECK(text_of(folder / "model").empty());
}

TEST_CASE("a link is followed", "[core]") {
  const TempFolder folder;
  write_file(folder / "real", "old", "test");
  fs::create_symlink("real", folder / "link");
  write_file(folder / "link", "new", "test");
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(text_of(folder / "real") == "new");
}

TEST_CASE("what cannot be written is an error that names the file", "[core]") {
  const TempFolder folder;
  CHECK_THROWS_WITH(write_file(folder / "no" / "file", "x", "test"),
                    ContainsSubstring("no/file: cannot be written: No such file"));
  CHECK_THROWS_WITH(write_file(folder.path, "x", "test"), ContainsSubstring("Is a directory"));
  CHECK_THROWS_WITH(write_file("/dev/full", "x", "test"), ContainsSubstring("No space left"));
  CHECK(fs::is_character_file("/dev/full"));
  CHECK(files_in(folder.path) == 0);
}

TEST_CASE("of several who make a file, one does", "[core]") {
  const TempFolder folder;
  std::atomic<int> made = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back(
        [&, i] { made += create_file(folder / "one", std::string(5000, "abcdefgh"[i]), "test"); });
  for (std::thread& t : threads) t.join();
  CHECK(made == 1);
  const std::string text = read_text(folder / "one", "test");
  CHECK(text == std::string(5000, text.at(0)));
  CHECK_FALSE(create_file(folder / "one", "other", "test"));
  CHECK(read_text(folder / "one", "test") == text);
  CHECK(files_in(folder.path) == 1);
  CHECK_THROWS_WITH(create_file(folder / "none" / "one", "", "test"),
                    ContainsSubstring("none/one: cannot be written"));
  CHECK(unique_name() != unique_name());
  CHECK(unique_name().size() == 16);
}

TEST_CASE("what a killed process left beside its target is swept", "[core]") {
  const TempFolder folder;
  // As they are named: by the neighbourhood and the number of the process.
  const pid_t child = fork();
  if (child == 0) {
    const rlimit limit{0, 0};
    setrlimit(RLIMIT_FSIZE, &limit);  // and SIGXFSZ ends it in the middle of writing
    std::signal(SIGXFSZ, SIG_DFL);
    write_file(folder / "killed", "x", "test");
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  REQUIRE(files_in(folder.path) == 1);
  const std::string left = fs::directory_iterator(folder.path)->path().filename().native();
  CHECK(left.starts_with("killed.tmp"));
  // One of a process that lives, and of another host.
  const std::string number = "-" + std::to_string(child) + "-";
  const auto at = left.find(number);
  REQUIRE(at != left.npos);
  const std::string living =
      left.substr(0, at) + "-" + std::to_string(getpid()) + "-" + left.substr(at + number.size());
  const std::string other = "killed.tmp00000000" + left.substr(at);
  write_file(folder / living, "", "test");
  write_file(folder / other, "", "test");
  sweep_temporaries(folder.path);
  CHECK_FALSE(fs::exists(folder / left));
  CHECK(fs::exists(folder / living));
  CHECK(fs::exists(folder / other));
  sweep_temporaries(folder / "none");
  write_file(folder / "killed", "x", "test");
  sweep_temporaries(folder.path, Sweep::anybody);
  CHECK(files_in(folder.path) == 1);
  CHECK(fs::exists(folder / "killed"));
}

TEST_CASE("a lock is one holder's until it goes", "[core]") {
  const TempFolder folder;
  auto held = FileLock::if_free(folder / "lock");
  REQUIRE(held);
  CHECK_FALSE(FileLock::if_free(folder / "lock"));
  held.reset();
  const auto again = FileLock::if_free(folder / "lock");
  CHECK(again);
  CHECK_FALSE(FileLock::if_free(folder / "lock"));
  CHECK_THROWS_WITH(FileLock::if_free(folder / "none" / "lock"),
                    ContainsSubstring("cannot be opened"));
}

TEST_CASE("a place can be tried before anything is written there", "[core]") {
  const TempFolder folder;
  write_file(folder / "old", "kept", "test");
  check_writable(folder / "old", "test");
  check_writable(folder / "new", "test");
  check_writable("/dev/null", "test");
  CHECK(text_of(folder / "old") == "kept");
  CHECK(files_in(folder.path) == 1);
  CHECK_THROWS_WITH(check_writable(folder / "no" / "file", "test"),
                    ContainsSubstring("no/file: cannot be written: No such file"));
  CHECK_THROWS_WITH(check_writable(folder.path, "test"), ContainsSubstring("Is a directory"));
}

TEST_CASE("reading names what is wrong", "[core]") {
  const TempFolder folder;
  CHECK_THROWS_WITH(read_file(folder / "none", "test"), ContainsSubstring("No such file"));
  CHECK_THROWS_WITH(read_file(folder.path, "test"), ContainsSubstring("got a directory"));
  write_file(folder / "long", std::string(100, 'x'), "test");
  CHECK_THROWS_WITH(read_file(folder / "long", "test", 99), ContainsSubstring("at most 99"));
}
