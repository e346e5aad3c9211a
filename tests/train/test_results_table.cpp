#include <sonant/core/file.h>
#include <sonant/core/json.h>
#include <sonant/train/experiment/results_table.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "support/catch.h"
#include "support/temp_folder.h"
#include "train/made_judgements.h"
#include "train/sample_result.h"

using namespace sonant;
using namespace sonant::test;

namespace fs = std::filesystem;

namespace {

// By a name of version 0.1.
void set_protocol(CvResult& r, const std::string& name) {
  const Protocol& protocol = find_protocol(name);
  r.config.protocol = r.data.protocol = protocol.name;
  r.data.leaks = protocol.leaks;
  r.data.chooser = protocol.rules.chooser;
}

fs::path write_run(const TempFolder& folder, const std::string& model, const std::string& protocol,
                   double mean, const std::string& corpus = "RAVDESS") {
  CvResult r;
  r.config.model = model;
  r.parameters = 46772;
  r.data = sample_result().data;
  set_protocol(r, protocol);
  r.data.corpus = corpus;
  r.figure = {mean, 0.02, mean - 0.02, mean + 0.02};
  r.seeds.resize(2);
  for (CvSeed& seed : r.seeds) seed.test = compute_metrics(ConfusionMatrix(8));
  r.confusion = ConfusionMatrix(8);
  const auto run = folder / (model + protocol);
  fs::create_directories(run);
  write_file(run / "cv.json", to_json(r), "test");
  return run;
}

// The line of a table that begins with this cell, cell by cell.
std::vector<std::string> cells_of(const std::string& table, const std::string& first,
                                  TableFormat format) {
  const std::regex between(format == TableFormat::markdown ? " *\\| *" : "  +");
  std::istringstream in(table);
  for (std::string line; std::getline(in, line);) {
    if (format == TableFormat::markdown && line.starts_with("| ")) line.erase(0, 2);
    if (line.starts_with(first))
      return {std::sregex_token_iterator(line.begin(), line.end(), between, -1), {}};
  }
  return {};
}

// An experiment with counts by speaker.
fs::path write_judged(const TempFolder& folder, const std::string& name, const World& world,
                      std::uint64_t answers, const std::string& protocol = "strict") {
  const Judgements j = made_judgements(world, 1, answers);
  CvResult r;
  r.config.model = "lstm-sa-h8";
  r.data = sample_result().data;
  set_protocol(r, protocol);
  r.data.corpus = "made";
  r.data.class_names = j.class_names;
  r.confusion = ConfusionMatrix(world.classes);
  std::vector<double> uar;
  for (std::size_t s = 0; s < j.seeds.size(); ++s) {
    CvSeed seed{j.seeds[s]};
    ConfusionMatrix pooled(world.classes);
    for (std::size_t k = 0; k < j.speakers.size(); ++k) {
      const ConfusionMatrix& counts = j.counts[s * j.speakers.size() + k];
      seed.speakers.push_back({j.speakers[k], counts});
      for (int a = 0; a < world.classes; ++a)
        for (int b = 0; b < world.classes; ++b) pooled.add(a, b, counts(a, b));
    }
    seed.test = compute_metrics(pooled);
    uar.push_back(seed.test.uar);
    r.seeds.push_back(seed);
  }
  r.figure = spread_of(uar);
  fs::create_directories(folder / name);
  write_file(folder / name / "cv.json", to_json(r), "test");
  return folder / name;
}

std::vector<TableRow> read_all(const std::vector<fs::path>& runs) {
  std::vector<fs::path> unfinished;
  return read_results(runs, unfinished);
}

std::string joined_notes(const std::vector<TableRow>& rows) {
  std::string text;
  for (const std::string& note : table_notes(rows)) text += note + "\n";
  return text;
}

}  // namespace

TEST_CASE("Every cell of the table is a figure of the experiment, or a published one", "[train]") {
  const TempFolder folder;
  const fs::path run = write_run(folder, "reslstm-sa-h64", "paper", 0);
  CvResult r = cv_from_json(read_text(run / "cv.json", "test"), "cv.json");
  r.parameters = 46000;
  r.figure = {0.5875, 0.0238, 0.5432, 0.6123};  // all different
  r.accuracy = {0.6021, 0.0333, 0.5111, 0.7002};
  r.choose_figure = {0.7123, 0.0444, 0.6555, 0.8004};
  r.seeds.resize(3, r.seeds.front());
  r.jobs.resize(5);
  r.seconds = 61.4;
  r.cpu_seconds = 7265.4;
  write_file(run / "cv.json", to_json(r), "test");
  std::vector<fs::path> unfinished;
  const auto rows = read_results({run}, unfinished);
  using Cells = std::vector<std::string>;
  for (const TableFormat format : {TableFormat::text, TableFormat::markdown}) {
    const std::string table = results_table(rows, format, true);
    CHECK(cells_of(table, "model", format) ==
          Cells{"model", "protocol", "parameters", "seeds", "UAR", "95 % interval", "std", "max",
                "accuracy", "published", "difference", "CPU time"});
    CHECK(cells_of(table, "reslstm", format) ==
          Cells{"reslstm-sa-h64", "krasnoproshin2026", "46000", "3", "0.5875", "-", "0.0238",
                "0.6123", "0.6021", "0.6232 +- 0.0119", "-3.0 std",
                "7265 s"});  // (.5875 - .6232) / .0119
    CHECK(cells_of(table, "xlsr", format) ==
          Cells{"xlsr-wav2vec 2.0, fine-tuned (Luna-Jimenez 2022)", "published", "317.0 M", "-",
                "-", "-", "-", "-", "-", "0.8182", "-", "-"});
    CHECK(cells_of(table, "CNN + LSTM", format).at(2) == "-");  // nobody has counted
  }
  // Numbers end where their heading ends.
  const std::string text = results_table(rows, TableFormat::text, false);
  std::istringstream in(text);
  std::string corpus, head, row;
  std::getline(in, corpus), std::getline(in, head), std::getline(in, row);
  for (const auto& [heading, cell] :
       {std::pair{"parameters", "46000"}, {" std", "0.0238"}, {"CPU time", "7265 s"}})
    CHECK(head.find(heading) + std::string(heading).size() ==
          row.find(cell) + std::string(cell).size());

  const auto json = nlohmann::json::parse(results_table(rows, TableFormat::json, true));
  const auto& one = json.at("runs").at(0);
  CHECK(one.at("uar") == nlohmann::json{{"mean", 0.5875}, {"std", 0.0238}, {"max", 0.6123}});
  CHECK(one.at("accuracy") == 0.6021);
  CHECK(one.at("parameters") == 46000);
  CHECK(one.at("seeds") == 3);
  CHECK(one.at("cpu_seconds") == 7265.4);
  CHECK(one.at("published").at("difference_in_std") == Approx(-3));
  const nlohmann::json published{
      {"parameters", 46772}, {"mean", .6232}, {"std", .0119}, {"max", .6517}};
  for (const auto& [name, value] : published.items()) CHECK(one.at("published").at(name) == value);
  CHECK(json.at("published_systems").at(5).at("uar") == .8182);
}

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
  CHECK(rows[3].result.data.protocol == "usual");
  CHECK(rows[1].difference() == Approx(1.0));  // (.6351 - .6232) / .0119

  const std::string text = results_table(rows, TableFormat::text, true);
  CHECK_THAT(text, ContainsSubstring("0.6232 +- 0.0119"));
  CHECK_THAT(text, ContainsSubstring("+1.0 std"));
  CHECK_THAT(text, ContainsSubstring("0.8229"));
  CHECK_THAT(results_table(rows, TableFormat::text, false), !ContainsSubstring("0.8229"));
  CHECK_THAT(results_table(rows, TableFormat::markdown, false),
             ContainsSubstring("|---|---|---:|") &&
                 ContainsSubstring("| reslstm-sa-h64 | krasnoproshin2026 "));
  CHECK_THAT(results_table(rows, TableFormat::latex, false),
             ContainsSubstring("0.6232 $\\pm$ 0.0119"));
  const auto json = Json::parse(results_table(rows, TableFormat::json, true));
  CHECK(json["runs"].at(1)["published"]["mean"] == 0.6232);
  CHECK(json["published_systems"].size() == 7);
}

TEST_CASE("Rows that would read alike name their runs", "[train]") {
  const TempFolder one, other;
  std::vector<fs::path> unfinished;
  const auto a = write_run(one, "lstm-sa-h64", "strict", 0.5);
  const auto b = write_run(other, "lstm-sa-h64", "strict", 0.6);
  const auto c = write_run(one, "lstm-sa-h32", "strict", 0.4);
  const auto alike = read_results({a, b}, unfinished), apart = read_results({a, c}, unfinished);
  const std::string text = results_table(alike, TableFormat::text, false);
  CHECK_THAT(text, ContainsSubstring(a.native()) && ContainsSubstring(b.native()));
  CHECK_THAT(results_table(apart, TableFormat::text, false), !ContainsSubstring(c.native()));
  // What is published has no run, and as many cells.
  CHECK_THAT(results_table(alike, TableFormat::markdown, true),
             ContainsSubstring("| - | CNN14, fine-tuned"));
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

TEST_CASE("Rows are compared with the first, or with the one that is named",
          "[train][statistics]") {
  const TempFolder folder;
  World world{.seeds = 2}, better = world;
  better.skill += 0.15;
  const auto a = write_judged(folder, "a", world, 2), b = write_judged(folder, "b", better, 3),
             c = write_judged(folder, "c_%", world, 4);
  auto rows = read_all({a, b, c});
  compare_rows(rows, {});
  CHECK_FALSE(rows[0].comparison);
  CHECK(rows[0].baseline.empty());
  REQUIRE(rows[1].comparison);
  REQUIRE(rows[2].comparison);
  CHECK(rows[1].baseline == a);
  const double small = rows[1].comparison->test.p, large = rows[2].comparison->test.p;
  CHECK(small < 0.001);
  CHECK(large > 0.05);
  CHECK(rows[1].comparison->p_holm == 2 * small);
  CHECK(rows[2].comparison->p_holm == large);
  CHECK(rows[1].comparison->difference.estimate ==
        Approx(rows[1].result.figure.mean - rows[0].result.figure.mean));
  for (const TableRow& row : rows) {
    REQUIRE(row.interval);
    CHECK(row.interval->estimate == Approx(row.result.figure.mean));
  }

  const std::string text = results_table(rows, TableFormat::text, true);
  CHECK_THAT(text, ContainsSubstring("95 % interval") &&
                       ContainsSubstring("UAR less that of " + a.native() + ":") &&
                       ContainsSubstring(" of 24 ") && ContainsSubstring("2 of 2"));
  CHECK_THAT(joined_notes(rows),
             ContainsSubstring("percentile bootstrap, 9,999 resamples of 24 speakers, each with") &&
                 ContainsSubstring("p: paired sign-flip permutation test over 24 speakers") &&
                 ContainsSubstring("corrected for 2 comparisons with") &&
                 !ContainsSubstring("too short"));
  CHECK_THAT(results_table(rows, TableFormat::latex, true), ContainsSubstring("c\\_\\%"));
  CHECK_THAT(results_table(rows, TableFormat::markdown, true), ContainsSubstring("c\\_%"));
  const Json json = Json::parse(results_table(rows, TableFormat::json, true)).at("runs").at(1);
  CHECK(json.at("comparison").at("p") == small);
  CHECK(json.at("uar").at("interval").at("low") == rows[1].interval->low);

  rows = read_all({a, b, c});
  compare_rows(rows, folder / "." / "b");
  CHECK(rows[0].baseline == b);
  CHECK(rows[0].comparison->test.p == small);
  CHECK_FALSE(rows[1].comparison);
  CHECK_THROWS_WITH(compare_rows(rows, folder / "x"), ContainsSubstring("baseline"));
}

TEST_CASE("A table says what it cannot compare, and why", "[train][statistics]") {
  const TempFolder folder;
  const World world{.speakers = 5};
  const auto strict = write_judged(folder, "strict", world, 2),
             paper = write_judged(folder, "paper", world, 3, "paper"),
             one = write_judged(folder, "one", {.speakers = 1}, 3),
             old = write_run(folder, "lstm-sa-h8", "strict", 0.5, "made");
  auto rows = read_all({strict, paper});
  compare_rows(rows, {});  // each is the first of its protocol
  CHECK_THAT(joined_notes(rows),
             !ContainsSubstring("not compared") && ContainsSubstring("Fewer than 10 speakers"));
  rows = read_all({strict, paper, one, old});
  compare_rows(rows, strict);
  const std::string notes = joined_notes(rows);
  const auto says = [&](const fs::path& run, const std::string& reason) {
    CHECK_THAT(notes, ContainsSubstring(run.native() + reason));
  };
  const std::string with = " with " + strict.native() + ": ";
  says(paper, with + "protocol usual there, krasnoproshin2026 here.");
  says(one, with + "the speakers are others.");
  says(one, ": one speaker says nothing of others.");
  says(old, with + "its cv.json has no counts by speaker; its `sonant cv` command, given again");
  const std::string csv = results_table(rows, TableFormat::csv, true);
  CHECK_THAT(csv, ContainsSubstring("\"protocol usual there, krasnoproshin2026 here\""));
  CHECK(csv.starts_with("corpus,run,model"));
  CHECK(std::count(csv.begin(), csv.end(), '\n') == 5);
}
