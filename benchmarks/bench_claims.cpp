// What sharing costs a job: all that Runner does for it besides training. The counters say what
// part of a training of 100 ms and of one of 1 s that is. TMPDIR names the file system.
#include <filesystem>
#include <memory>
#include <string>

#include <sonant/core/error.h>
#include <sonant/core/file.h>
#include <sonant/train/experiment/claims.h>

#include "harness.h"

using namespace sonant;
using namespace sonant::bench;
namespace fs = std::filesystem;

namespace {

// Gone with the program.
struct Folder {
  fs::path path = fs::temp_directory_path() / ("sonant-claims-" + unique_name());
  Folder() { make_folder(path, "bench_claims"); }
  ~Folder() {
    std::error_code none;
    fs::remove_all(path, none);
  }
};

// From the first look to the result that is there: forget, look, take, twice "is it still ours", as
// in a job of four seconds, finish.
void share(Claims& claims, const fs::path& job) {
  claims.forget_failures(job);
  const bool failed = !failures_of(job).empty(), ours = claims.take(job);
  const bool kept = claims.holds(job) && claims.holds(job);
  claims.finish(job);
  check(!failed && ours && kept, "bench_claims", job.native(), ": was not ours");
}

}  // namespace

int main(int argc, char** argv) {
  const auto folder = std::make_shared<Folder>();
  const auto claims = std::make_shared<Claims>(folder->path);
  return run_program(argc, argv, [=](const Arguments&) {
    const fs::path job = folder->path / "jobs" / "one";
    make_folder(job, "bench_claims");
    share(*claims, job);
    check(fs::is_empty(job), "bench_claims", "claims are left");
    for (const double seconds : {0.1, 1.0})
      add_benchmark("claims/job_s:" + std::to_string(seconds).substr(0, 3),
                    [=](benchmark::State& state) {
                      time_each(state, [&] { share(*claims, job); });
                      const double microseconds = state.counters["p50_us"];
                      state.counters["share%"] = 1e-4 * microseconds / seconds;
                    });
  });
}
