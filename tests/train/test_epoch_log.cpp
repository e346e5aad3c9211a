#include <sonant/core/error.h>
#include <sonant/core/file.h>
#include <sonant/core/json.h>
#include <sonant/train/epoch_log.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "support/catch.h"
#include "support/temp_folder.h"

using namespace sonant;

namespace {

EpochFigures figures(int epoch) {
  return {epoch, {{"lr", 0.1 + 0.2}, {"train/loss", 1.0 / epoch}, {"choose/uar", epoch}}};
}

void add(const std::filesystem::path& path, int done, int last) {
  EpochLog log(path, done);
  for (int epoch = done + 1; epoch <= last; ++epoch) log.add(figures(epoch));
}

std::string text(const std::filesystem::path& path) { return read_text(path, "test"); }

}  // namespace

TEST_CASE("A log has a line for each epoch", "[train]") {
  const TempFolder folder;
  add(folder / "log.csv", 0, 2);
  CHECK(text(folder / "log.csv") ==
        "epoch,lr,train_loss,choose_uar\n"
        "1,0.30000000000000004,1.0,1.0\n"
        "2,0.30000000000000004,0.5,2.0\n");
  add(folder / "log.jsonl", 0, 2);
  CHECK(text(folder / "log.jsonl") ==
        "{\"epoch\":1,\"lr\":0.30000000000000004,\"train_loss\":1.0,\"choose_uar\":1.0}\n"
        "{\"epoch\":2,\"lr\":0.30000000000000004,\"train_loss\":0.5,\"choose_uar\":2.0}\n");
}

TEST_CASE("What is not finite is null or empty", "[train]") {
  const TempFolder folder;
  constexpr double inf = std::numeric_limits<double>::infinity();
  const EpochFigures record{1, {{"a", std::nan("")}, {"b", inf}, {"c", -inf}, {"d", 0}}};
  EpochLog(folder / "log.csv", 0).add(record);
  CHECK(text(folder / "log.csv") == "epoch,a,b,c,d\n1,,,,0.0\n");
  EpochLog(folder / "log.jsonl", 0).add(record);
  CHECK(text(folder / "log.jsonl") == "{\"epoch\":1,\"a\":null,\"b\":null,\"c\":null,\"d\":0.0}\n");
}

TEST_CASE("A resumed run's log is that of one that was never stopped", "[train]") {
  const TempFolder folder;
  for (const char* name : {"log.csv", "log.jsonl"}) {
    INFO(name);
    const auto path = folder / name, whole = folder / (std::string("whole-") + name);
    add(whole, 0, 6);
    const std::string all = text(whole);
    add(path, 0, 5);  // the last checkpoint was after 3
    add(path, 3, 6);
    CHECK(text(path) == all);
    for (std::size_t bytes = 0; bytes <= all.size(); ++bytes) {  // killed at any byte
      write_file(path, std::string_view(all).substr(0, bytes), "test");
      const auto lines = std::count(all.begin(), all.begin() + static_cast<long>(bytes), '\n');
      const int there = static_cast<int>(lines) - (path.extension() == ".csv");
      if (there < 3) continue;
      add(path, 3, 6);
      INFO("killed after " << bytes << " bytes");
      REQUIRE(text(path) == all);
    }
    add(path, 0, 6);  // begun anew
    CHECK(text(path) == all);
  }
  // Begun in the middle: what was before is not known.
  add(folder / "late.csv", 2, 3);
  CHECK(text(folder / "late.csv").starts_with("epoch,lr,train_loss,choose_uar\n3,"));
}

TEST_CASE("Names are kept apart and quoted", "[train]") {
  const TempFolder folder;
  const auto path = folder / "log.csv";
  EpochLog log(path, 0);
  log.add({1, {{"choose/recall of \"so, so\"", 0.5}}});
  CHECK(text(path) == "epoch,\"choose_recall of \"\"so, so\"\"\"\n1,0.5\n");
  CHECK_THROWS_WITH(log.add({2, {{"other", 0.5}}}),
                    ContainsSubstring("expects the columns epoch,"));
  CHECK_THROWS_WITH(log.add({1, {{"other", 0.5}}}), ContainsSubstring("after 1, got 1"));
  CHECK_THROWS_WITH(log.add({2, {{"a/b", 1}, {"a_b", 1}}}), ContainsSubstring("a_b twice"));
  CHECK_THROWS_WITH(log.add({2, {{"epoch", 1}}}), ContainsSubstring("epoch twice"));
  EpochLog again(path, 1);
  CHECK_THROWS_WITH(again.add({2, {{"other", 0.5}}}), ContainsSubstring("expects the columns"));
  // JSON lines may have what they like.
  EpochLog json(folder / "log.jsonl", 0);
  json.add({1, {{"a", 1}}});
  json.add({3, {{"b", 2}}});
  CHECK(text(folder / "log.jsonl") == "{\"epoch\":1,\"a\":1.0}\n{\"epoch\":3,\"b\":2.0}\n");
}

TEST_CASE("Another file is not taken for a log, and is left as it is", "[train]") {
  const TempFolder folder;
  const std::vector<std::pair<const char*, const char*>> files = {
      {"log.csv", "path,label\na.wav,happy\n"},
      {"log.csv", "epoch,lr\n2,1\n1,1\n"},
      {"log.csv", "1,0.5\n"},
      {"log.jsonl", "{\"epoch\":\"one\"}\n"},
      {"log.jsonl", "not JSON\n"},
      {"log.jsonl", "{\"lr\":1}\n"}};
  for (const auto& [name, content] : files) {
    INFO(content);
    write_file(folder / name, std::string_view(content), "test");
    CHECK_THROWS_WITH(EpochLog(folder / name, 3), ContainsSubstring("expected a log of epochs"));
    CHECK(text(folder / name) == content);
  }
  CHECK_THROWS_WITH(EpochLog(folder / "no" / "log.csv", 0), ContainsSubstring("cannot be written"));
  CHECK_THROWS_AS(EpochLog(folder / "log.csv", -1), Error);
}
