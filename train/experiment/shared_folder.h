// What the claims of an experiment do to its folder, and the clock that they go by: so that a
// simulation can put a thousand nodes' in its place (benchmarks/simulate_cluster.cpp).
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sonant {

// That of this machine. Error, naming the file, for what fails.
class SharedFolder {
 public:
  virtual ~SharedFolder() = default;
  // Nothing if there is no such file (any more).
  virtual std::optional<std::string> read(const std::filesystem::path& file);
  virtual bool create(const std::filesystem::path& file, std::string_view text);  // create_file()
  virtual void write(const std::filesystem::path& file, std::string_view text);   // write_file()
  virtual void remove(const std::filesystem::path& file);                         // if it is there
  virtual void make(const std::filesystem::path& folder);                         // make_folder()
  virtual std::vector<std::filesystem::path> list(const std::filesystem::path& folder);
  virtual std::chrono::steady_clock::time_point now();
};

// This thread's: the machine's, unless it was replaced.
SharedFolder& shared_folder();
void replace_shared_folder(SharedFolder* folder);  // null: the machine's again

}  // namespace sonant
