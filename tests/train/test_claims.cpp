#include <sonant/core/file.h>
#include <sonant/train/experiment/claims.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "support/catch.h"
#include "support/temp_folder.h"

using namespace sonant;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

fs::path make_job(const TempFolder& folder, const std::string& name) {
  fs::create_directories(folder / "jobs" / name);
  return folder / "jobs" / name;
}

// A worker of another machine, which this one knows by its counter alone.
void count(const TempFolder& folder, const std::string& worker, int n) {
  write_file(folder / "workers" / worker,
             R"({"neighbourhood": "elsewhere", "process": 1, "started": "1", "count": )" +
                 std::to_string(n) + "}",
             "test");
}

}  // namespace

TEST_CASE("A job is one worker's until it is given back", "[train]") {
  const TempFolder folder;
  const fs::path a = make_job(folder, "a"), b = make_job(folder, "b");
  Claims first(folder.path);
  auto second = std::make_unique<Claims>(folder.path);
  CHECK(first.worker() != second->worker());
  CHECK(first.take(a));
  CHECK(first.holds(a));
  CHECK_FALSE(first.take(a));
  CHECK_FALSE(second->take(a));
  CHECK_FALSE(second->holds(a));
  CHECK(second->take(b));
  first.give_back(a);
  first.give_back(b);  // which it has not
  CHECK(second->holds(b));
  CHECK(second->take(a));
  CHECK_FALSE(first.take(a));
  second.reset();
  CHECK(first.take(a));
  CHECK(first.take(b));
  CHECK_FALSE(fs::exists(folder / "workers" / "second"));
}

TEST_CASE("Of many who want the same jobs each gets some, and no job is had twice", "[train]") {
  const TempFolder folder;
  std::vector<fs::path> jobs;
  for (int i = 0; i < 40; ++i) jobs.push_back(make_job(folder, std::to_string(i)));
  // Half of them were a worker's who is gone.
  for (int i = 0; i < 20; ++i)
    write_file(jobs[static_cast<std::size_t>(i)] / "claim1", "gone", "t");
  std::vector<std::atomic<int>> had(jobs.size());
  std::vector<std::thread> threads;
  std::vector<std::unique_ptr<Claims>> workers;
  for (int t = 0; t < 6; ++t) workers.push_back(std::make_unique<Claims>(folder.path));
  for (auto& worker : workers)
    threads.emplace_back([&] {
      for (std::size_t i = 0; i < jobs.size(); ++i)
        if (worker->take(jobs[i])) ++had[i];
    });
  for (std::thread& t : threads) t.join();
  for (auto& count : had) CHECK(count == 1);
  for (const fs::path& job : jobs) {
    workers[0]->finish(job);
    CHECK(fs::is_empty(job));
  }
}

TEST_CASE("A worker of another machine is dead when its counter stands still", "[train]") {
  const TempFolder folder;
  const fs::path job = make_job(folder, "a");
  Claims us(folder.path, {.silence = 300ms});
  write_file(job / "claim1", "far-1-abc", "test");
  for (int n = 0; n < 8; ++n) {
    count(folder, "far-1-abc", n);
    CHECK_FALSE(us.take(job));
    std::this_thread::sleep_for(80ms);
  }
  CHECK_FALSE(us.take(job));
  std::this_thread::sleep_for(350ms);
  CHECK(us.take(job));
  CHECK(us.holds(job));
  // It was only asleep, and now sees that another has its job.
  write_file(job / "claim3", "far-1-abc", "test");
  CHECK_FALSE(us.holds(job));
  us.give_back(job);
  CHECK_FALSE(fs::exists(job / "claim4"));
  us.finish(job);
  CHECK(fs::is_empty(job));
}

TEST_CASE("A worker of this machine that was killed is dead at once", "[train]") {
  const TempFolder folder;
  const fs::path job = make_job(folder, "a");
  std::string content, killed;
  {
    const Claims alive(folder.path);
    killed = alive.worker() + "-killed";
    content = read_text(folder / "workers" / alive.worker(), "test");
    // Its number is ours, and it was started at another time: an earlier process of that number.
    const auto at = content.find("\"started\":\"") + 11;
    content[at] = content[at] == '9' ? '8' : '9';
  }
  write_file(job / "claim1", killed, "test");
  Claims us(folder.path);
  write_file(folder / "workers" / killed, content, "test");
  CHECK(us.take(job));
  const Claims next(folder.path);
  CHECK_FALSE(fs::exists(folder / "workers" / killed));  // swept
  CHECK(fs::exists(folder / "workers" / us.worker()));
}

TEST_CASE("A worker counts as long as it lives", "[train]") {
  const TempFolder folder;
  const Claims us(folder.path, {.beat = 5ms});
  const fs::path file = folder / "workers" / us.worker();
  const std::string before = read_text(file, "test");
  for (int n = 0; n < 400 && read_text(file, "test") == before; ++n)
    std::this_thread::sleep_for(5ms);
  CHECK(read_text(file, "test") != before);
}

TEST_CASE("A damaged worker's file is no reason to fail", "[train]") {
  const TempFolder folder;
  const fs::path job = make_job(folder, "a");
  Claims us(folder.path, {.silence = 0ms});
  for (const char* content : {"", "{", "[]", "{\"neighbourhood\": 1}", "{\"process\": \"x\"}"}) {
    write_file(folder / "workers" / "odd", std::string_view(content), "test");
    write_file(job / "claim1", "odd", "test");
    CHECK(us.take(job));
    us.finish(job);
  }
}
