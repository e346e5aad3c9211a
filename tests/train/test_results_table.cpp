#include <sonant/core/file.h>
#include <sonant/core/json.h>
#include <sonant/train/results_table.h>

#include "support/catch.h"
#include "support/temp_folder.h"
#include "train/sample_result.h"

using namespace sonant;
using namespace sonant::test;

namespace fs = std::filesystem;

namespace {

fs::path write_run(const TempFolder& folder, const std::string& model, const std::string& protocol,
                   double mean, const std::string& corpus = "RAVDESS") {
  CvResult r;
  r.config.model = model;
  apply_protocol(r.config, protocol);
  r.protocol = protocol;
  r.parameters = 46772;
  r.data = sample_result().data;
  r.data.corpus = corpus;
  r.uar = {mean, 0.02, mean - 0.02, mean + 0.02};
  r.seeds.resize(2);
  for (CvSeed& seed : r.seeds) seed.test = compute_metrics(ConfusionMatrix(8));
  r.confusion = ConfusionMatrix(8);
  const auto run = folder / (model + protocol);
  fs::create_directories(run);
  write_file(run / "cv.json", to_json(r), "test");
  return run;
}

}  // namespace

TEST_CASE("The table puts runs in order, beside the published figures", "[train]") {
  const TempFolder folder;
  std::vector<fs::path> unfinished;
  const auto rows = read_results({write_run(folder, "reslstm-sa-h128", "paper", 0.6),
                                  write_run(folder, "reslstm-sa-h64", "strict", 0.61),
                                  write_run(folder, "reslstm-sa-h64", "paper", 0.6351),
                                  write_run(folder, "lstm-sa-h32", "paper", 0.5)},
                                 unfinished);
  CHECK(unfinished.empty());
  REQUIRE(rows.size() == 4);
  CHECK(rows[0].result.config.model == "lstm-sa-h32");
  CHECK(rows[1].result.config.model == "reslstm-sa-h64");
  CHECK(rows[2].result.config.model == "reslstm-sa-h128");
  CHECK(rows[3].result.protocol == "strict");
  CHECK(rows[1].difference() == Approx(1.0));  // (.6351 - .6232) / .0119

  const std::string text = results_table(rows, TableFormat::text, true);
  CHECK_THAT(text, ContainsSubstring("0.6232 +- 0.0119"));
  CHECK_THAT(text, ContainsSubstring("+1.0 std"));
  CHECK_THAT(text, ContainsSubstring("0.8229"));
  CHECK_THAT(results_table(rows, TableFormat::text, false), !ContainsSubstring("0.8229"));
  CHECK_THAT(results_table(rows, TableFormat::markdown, false),
             ContainsSubstring("|---|---|---:|") && ContainsSubstring("| reslstm-sa-h64 | paper "));
  const auto json = Json::parse(results_table(rows, TableFormat::json, true));
  CHECK(json["runs"].at(1)["published"]["mean"] == 0.6232);
  CHECK(json["published_systems"].size() == 7);
}

TEST_CASE("Literature stands under the corpus that it is about", "[train]") {
  const TempFolder folder;
  std::vector<fs::path> unfinished;
  const auto own = write_run(folder, "reslstm-sa-h64", "strict", 0.7, "own.csv");
  const auto ours = write_run(folder, "lstm-sa-h64", "strict", 0.5);
  const auto rows = read_results({own}, unfinished);
  for (const TableFormat format : {TableFormat::text, TableFormat::markdown, TableFormat::json}) {
    const std::string text = results_table(rows, format, true);
    CHECK_THAT(text, ContainsSubstring("own.csv") && !ContainsSubstring("Ibrahim") &&
                         !ContainsSubstring("0.8229") && !ContainsSubstring("RAVDESS"));
  }
  // Both: a table each.
  const auto both = read_results({own, ours}, unfinished);
  for (const TableFormat format : {TableFormat::text, TableFormat::markdown}) {
    const std::string text = results_table(both, format, true);
    const auto begin = text.find("own.csv");
    REQUIRE(begin != std::string::npos);
    CHECK(text.find("Ibrahim") < begin);
    CHECK(text.find("Ibrahim", begin) == std::string::npos);
    CHECK(text.find("RAVDESS") < text.find("Ibrahim"));
  }
  const Json json = Json::parse(results_table(both, TableFormat::json, true));
  CHECK(json.at("runs").at(0).at("corpus") == "RAVDESS");
  CHECK(json.at("runs").at(1).at("corpus") == "own.csv");
  CHECK(json.at("published_systems").at(0).at("corpus") == "RAVDESS");
  CHECK(Json::parse(results_table(rows, TableFormat::json, true)).at("published_systems").empty());
}

TEST_CASE("Only RAVDESS has published figures; other folders are refused", "[train]") {
  const TempFolder folder;
  std::vector<fs::path> unfinished;
  const auto read = [&](const fs::path& run) { return read_results({run}, unfinished); };
  CHECK(read(write_run(folder, "reslstm-sa-h64", "strict", 0.8, "synthetic"))[0].published ==
        nullptr);
  CHECK_THROWS_WITH(read(folder.path), ContainsSubstring("holds no experiment"));
  write_file(folder / "cv.json", "{}", "test");
  CHECK_THROWS_WITH(read(folder.path), ContainsSubstring("cv.json"));
}

TEST_CASE("An experiment that is not finished is left out, and named", "[train]") {
  const TempFolder folder;
  const fs::path begun = folder / "begun";
  fs::create_directory(begun);
  write_file(begun / "experiment.json", "{}", "test");
  std::vector<fs::path> unfinished;
  const auto rows =
      read_results({begun, write_run(folder, "reslstm-sa-h64", "paper", 0.6)}, unfinished);
  CHECK(rows.size() == 1);
  CHECK(unfinished == std::vector{begun});
  unfinished.clear();
  CHECK_THROWS_WITH(read_results({begun}, unfinished), ContainsSubstring("got 1 unfinished one"));
}
