// The rules of every registry, on rows that compute nothing.
#include <string>
#include <vector>

#include <sonant/audio/frame_kernels.h>
#include <sonant/core/error.h>
#include <sonant/core/kernels/lstm.h>
#include <sonant/core/kernels/stream.h>

#include "support/catch.h"

using namespace sonant;
using kernels::Choice;
using kernels::Storage;

namespace {

struct Row : kernels::KernelRow {
  int number;
};

constexpr CpuFeatures nowhere = CpuFeature::count;  // no machine has it

Row row(const char* name, CpuFeatures needs, int number, Choice choice = Choice::automatic) {
  return {{.name = name,
           .needs = needs,
           .storage = Storage::float32,
           .accuracy = 0,
           .choice = choice,
           .idea = ""},
          number};
}

std::vector<Row> some_rows() {
  return {row("plain", {}, 0), row("quick", {}, 1), row("quick", machine_features(), 2),
          row("quick", nowhere, 3), row("coarse", {}, 4, Choice::by_name)};
}

}  // namespace

TEST_CASE("the best row is the last usable one", "[kernels]") {
  const kernels::Registry<Row> rows("test", some_rows());
  CHECK(rows.reference().number == 0);
  CHECK(rows.find().number == 2);
  CHECK(rows.find("plain").number == 0);
  CHECK(rows.find("quick").number == 2);
  CHECK(rows.find("coarse").number == 4);
  CHECK(rows.names() == std::vector<std::string>{"plain", "quick", "coarse"});
  CHECK(rows.usable_rows().size() == 4);
  set_isa_cap("scalar");
  CHECK(rows.find().number == 1);
  set_isa_cap("");
}

TEST_CASE("a row that is not there is an error that lists those that are", "[kernels]") {
  kernels::Registry<Row> rows("test", some_rows());
  rows.add(row("elsewhere", nowhere, 5));
  CHECK_THROWS_WITH(rows.find("fast"),
                    ContainsSubstring("[test] there is no kernel \"fast\" for") &&
                        ContainsSubstring("there are plain, quick, coarse"));
  CHECK_THROWS_WITH(rows.find("elsewhere", "SONANT_X"),
                    ContainsSubstring("SONANT_X: there is no kernel \"elsewhere\""));
}

TEST_CASE("a row is found by name once: it stays where it is", "[kernels]") {
  kernels::Registry<Row> rows("test", some_rows());
  const Row& found = rows.find("plain");
  std::vector<std::string> names(100, "r");
  for (std::string& name : names) {
    name += std::to_string(&name - names.data());
    rows.add(row(name.c_str(), {}, 7));
  }
  CHECK(&found == &rows.find("plain"));
  CHECK(found.number == 0);
  CHECK_THROWS_WITH(rows.add(row("plain", {}, 6)),
                    ContainsSubstring("has a kernel \"plain\" for scalar already"));
}

TEST_CASE("every registry begins with a specification that runs anywhere", "[kernels]") {
  const auto check_rows = [](const auto& rows) {
    CHECK(std::string(rows.reference().name) == "reference");
    CHECK(rows.reference().needs == CpuFeatures());
    CHECK(rows.find("reference").idea == rows.reference().idea);
    for (const auto& row : rows) {
      INFO(kernels::label(row));
      CHECK(row.accuracy >= 0);
      CHECK(row.accuracy < 1);
      CHECK_FALSE(std::string(row.idea).empty());
    }
  };
  check_rows(kernels::lstm_kernels<float>());
  check_rows(kernels::lstm_kernels<double>());
  check_rows(kernels::stream_kernels<float>());
  check_rows(kernels::stream_kernels<double>());
  check_rows(all_frame_kernels());
}
