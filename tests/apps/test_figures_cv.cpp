// Every number that cv and table print, counted again from what each training wrote.
#include <sonant/core/file.h>

#include <algorithm>
#include <cmath>

#include "apps/judged.h"

using namespace sonant;

namespace {

constexpr int kFolds = 5;

// Mean, deviation of the population and maximum, as cv.json must have them.
struct Spread {
  double mean = 0, stddev = 0, max = 0;
  void check_in(const Parsed& json) const {
    CHECK(json.at("mean") == Approx(mean).epsilon(1e-12));
    CHECK(json.at("std") == Approx(stddev).margin(1e-12));
    CHECK(json.at("max") == Approx(max).epsilon(1e-12));
  }
};

Spread spread_of(const std::vector<double>& values) {
  Spread s;
  const auto n = static_cast<double>(values.size());
  for (double v : values) s.mean += v / n, s.max = std::max(s.max, v);
  for (double v : values) s.stddev += (v - s.mean) * (v - s.mean) / n;
  s.stddev = std::sqrt(s.stddev);
  return s;
}

// The trainings of the seeds 3 and 4, from what each of them wrote.
struct Trainings {
  Judged together;
  std::vector<Judged> by_seed;
  std::vector<double> uar, accuracy, choose_figure;
  double seconds = 0;
  std::string parameters;
  explicit Trainings(const std::string& folder) {
    for (const std::string seed : {"3", "4"}) {
      Judged& pooled = by_seed.emplace_back();
      double chosen = 0;
      for (int fold = 0; fold < kFolds; ++fold) {
        const Parsed run =
            json_in(folder + "/jobs/fold" + std::to_string(fold) + "_seed" + seed + "/result.json");
        pooled.add(run.at("test"));
        together.add(run.at("test"));
        chosen += run.at("best").at("choose_uar").get<double>() / kFolds;
        seconds += run.at("timing").at("train_seconds").get<double>();
        parameters = std::to_string(run.at("parameters").get<int>());
      }
      uar.push_back(pooled.uar());
      accuracy.push_back(pooled.accuracy());
      choose_figure.push_back(chosen);
    }
  }
};

}  // namespace

TEST_CASE("what cv and table print is what the trainings judged", "[apps][figures]") {
  const TempFolder out;
  const Words words{"cv",      "-q",         "--data",       six_speakers_manifest(),
                    "--model", "lstm-sa-h4", "--epochs",     "2",
                    "--lr",    "0.02",       "--batch-size", "16",
                    "--seeds", "2",          "--seed",       "3",
                    "--out",   out / "cv"};
  CHECK_THAT(out_of(words), ContainsSubstring(" s on one thread\n"));
  // One of them took long, so that the sum is not the time of this run.
  const std::string slow = out / "cv/jobs/fold2_seed4/result.json";
  Parsed edited = json_in(slow);
  edited["timing"]["train_seconds"] = 1234.0;
  write_file(slow, edited.dump(), "test");
  const std::string text = out_of(words);
  const Parsed cv = json_in(out / "cv/cv.json");

  const Trainings all(out / "cv");
  for (std::size_t s = 0; s < 2; ++s) {
    REQUIRE(all.by_seed[s].all() == 180);
    const std::string seed = std::to_string(3 + s);
    CHECK(line_of(text, seed) == Words{seed, number(all.uar[s], 4), number(all.accuracy[s], 4),
                                       number(all.choose_figure[s], 4)});
  }
  const Spread uar = spread_of(all.uar), accuracy = spread_of(all.accuracy);
  REQUIRE(uar.stddev > 1e-4);  // or the mean is the maximum
  check_text(text, all.together);
  const std::string mean = number(uar.mean, 4), deviation = number(uar.stddev, 4),
                    highest = number(uar.max, 4), seconds = number(all.seconds, 0);
  CHECK_THAT(
      text,
      ContainsSubstring("every file is counted 2 times\n") &&
          ContainsSubstring("lstm-sa-h4, speaker-folds protocol, 5 folds by speaker of "
                            "six.csv: " +
                            all.parameters + " parameters\n") &&
          ContainsSubstring("\nUAR " + mean + " +- " + deviation + " (population std), max " +
                            highest + ", over 2 seeds\n") &&
          ContainsSubstring(" s, of " + seconds + " s on one thread; found done: 10 trainings\n"));
  uar.check_in(cv.at("uar"));
  accuracy.check_in(cv.at("accuracy"));
  spread_of(all.choose_figure).check_in(cv.at("choose_uar"));
  CHECK(cv.at("cpu_seconds") == Approx(all.seconds));
  // What is of the call stands in what the call prints, and in no file.
  CHECK_FALSE(cv.contains("seconds"));
  CHECK_FALSE(cv.contains("resumed_jobs"));
  const Parsed call = Parsed::parse(out_of(with(words, {"--json"})));
  CHECK(call.at("seconds") < 1000);
  CHECK(call.at("resumed_jobs") == 10);
  CHECK(cv.at("data").at("files") == 180);
  Words cells = line_of(out_of({"table", out / "cv"}), "lstm-sa-h4");
  REQUIRE(cells.size() > 8);
  CHECK(std::stod(cells[5]) <= std::stod(mean));  // the interval, which tests of its own check
  CHECK(std::stod(cells[7]) >= std::stod(mean));
  cells.erase(cells.begin() + 5, cells.begin() + 8);
  CHECK(cells == Words{"lstm-sa-h4", "speaker-folds", all.parameters, "2", mean, deviation, highest,
                       number(accuracy.mean, 4), "-", "-", seconds, "s"});
}
