// Every number on the pages of a cross-validation and of a search, read back and compared with what
// is worked out here.
#include <sonant/core/random.h>
#include <sonant/train/report/report.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "support/catch.h"
#include "support/text.h"
#include "train/read_page.h"
#include "train/sample_result.h"

using namespace sonant;
using namespace sonant::test;

namespace {

// Three folds, two seeds, epochs of their own; counts that differ from seed to seed.
CvResult sample_experiment() {
  const RunResult run = sample_result();
  CvResult r;
  r.config = run.config;
  r.data.protocol = "speaker-folds";
  r.parameters = 46772;
  r.data = run.data;
  r.confusion = ConfusionMatrix(4);
  std::vector<double> uar, accuracy, choose_figure;
  std::uint64_t drawn = 0;
  for (std::uint64_t seed : {7u, 8u}) {
    for (int fold : {0, 1, 2}) {
      CvJob job{fold, seed, 3, 0.0, 0.0, 12, "00", run.epochs};
      job.choose_figure = 0.4 + 0.3 * Random(5).uniform(drawn++);
      job.test_figure = 0.3 + 0.3 * Random(5).uniform(drawn++);
      for (EpochRecord& e : job.epochs)
        for (double* value : {&e.train_loss, &e.choose_loss, &e.train_figure, &e.choose_figure})
          *value *= 0.8 + 0.2 * Random(5).uniform(drawn++);
      r.jobs.push_back(job);
    }
    ConfusionMatrix counts(4);
    for (int i = 0; i < 4; ++i)
      for (int j = 0; j < 4; ++j) {
        // A class has as many utterances for every seed.
        const std::int64_t n = seed == 7 ? (i == j ? 20 + i : 5) : (i == j ? 11 + i : 8);
        counts.add(i, j, n);
        r.confusion.add(i, j, n);
      }
    r.seeds.push_back({seed, compute_metrics(counts), 0.5 + 0.01 * static_cast<double>(seed)});
    uar.push_back(Counted(counts).uar);
    accuracy.push_back(Counted(counts).accuracy);
    choose_figure.push_back(r.seeds.back().choose_figure);
  }
  r.figure = spread_of(uar);
  r.accuracy = spread_of(accuracy);
  r.choose_figure = spread_of(choose_figure);
  r.seconds = 61;
  r.cpu_seconds = 7265;
  r.environment = run.environment;
  return r;
}

std::string spread_text(const std::vector<double>& values) {
  double mean = 0, variance = 0;
  for (double v : values) mean += v / static_cast<double>(values.size());
  for (double v : values) variance += (v - mean) * (v - mean) / static_cast<double>(values.size());
  return number(100 * mean, 1) + " \u00b1 " + per_cent(std::sqrt(variance));
}

}  // namespace

TEST_CASE("the page of a cross-validation shows the figures of its seeds and folds", "[train]") {
  const CvResult r = sample_experiment();
  const std::string html = html_report(r), text = seen(html);
  std::vector<double> uar, accuracy, choose;
  for (const CvSeed& seed : r.seeds) {
    const Counted counted(seed.test.confusion);
    uar.push_back(counted.uar);
    accuracy.push_back(counted.accuracy);
    choose.push_back(seed.choose_figure);
    CHECK(has_row(section(html, "Seeds"),
                  {std::to_string(seed.seed), per_cent(counted.uar, 2), per_cent(counted.accuracy),
                   per_cent(seed.choose_figure)}));
  }
  CHECK(has(text, spread_text(uar) + " UAR, mean over the seeds"));
  CHECK(has(text, per_cent(std::max(uar[0], uar[1])) + " UAR of the best seed"));
  CHECK(has(text, spread_text(accuracy) + " accuracy"));
  CHECK(has(text, spread_text(choose) + " choose UAR, mean of the folds"));
  CHECK(has(text, "6: 3 folds, 2 seeds"));
  CHECK(has(text, "2 h 1 min on one thread"));
  for (int fold : {0, 1, 2}) {
    std::vector<double> test, val;
    for (const CvJob& job : r.jobs)
      if (job.fold == fold) test.push_back(job.test_figure), val.push_back(job.choose_figure);
    const auto [least, most] = std::minmax(test[0], test[1]);
    CHECK(has_row(section(html, "Folds"),
                  {std::to_string(fold), spread_text(test),
                   number(100 * least, 1) + " to " + per_cent(most), spread_text(val)}));
  }
  check_confusion(section(html, "Confusion matrix"), r.confusion, r.data.class_names,
                  static_cast<int>(r.seeds.size()));
  // Recalls are means over the seeds, and what is counted is one seed's utterances.
  const std::string classes = section(html, "Classes");
  for (std::size_t c = 0; c < 4; ++c) {
    INFO(r.data.class_names[c]);
    std::vector<double> recalls;
    for (const CvSeed& seed : r.seeds) recalls.push_back(Counted(seed.test.confusion).recall[c]);
    const double mean = (recalls[0] + recalls[1]) / 2;
    const double deviation = std::abs(recalls[0] - recalls[1]) / 2;
    CHECK(has_row(classes,
                  {r.data.class_names[c], number(Counted(r.seeds[0].test.confusion).spoken[c], 0),
                   per_cent(mean), per_cent(deviation)}));
    const auto [least, most] = std::minmax(recalls[0], recalls[1]);
    CHECK(has(classes, "left:" + number(100 * least, 1) +
                           "%;width:" + number(100 * (most - least), 1) + "%"));
  }
}

TEST_CASE("the curves of a cross-validation are each seed's, and their mean", "[train]") {
  const CvResult r = sample_experiment();
  const std::string html = html_report(r);
  const auto check_fold = [&](const std::string& title, int fold, double EpochRecord::*train,
                              double EpochRecord::*choose) {
    INFO(title << ", fold " << fold);
    const ReadChart drawn(chart(html, title));
    for (const auto& [css, member] : {std::pair{std::string("a"), train}, {"b", choose}}) {
      std::vector<std::vector<double>> runs;
      for (const CvJob& job : r.jobs)
        if (job.fold == fold) runs.push_back(column(job.epochs, member));
      REQUIRE(runs.size() == 2);
      std::vector<double> mean;
      for (std::size_t e = 0; e < runs[0].size(); ++e)
        mean.push_back((runs[0][e] + runs[1][e]) / 2);
      const auto thin = drawn.lines(css + " thin"), thick = drawn.lines(css);
      REQUIRE(thin.size() == 2);
      REQUIRE(thick.size() == 1);
      check_line(drawn, thin[0], runs[0]);
      check_line(drawn, thin[1], runs[1]);
      check_line(drawn, thick[0], mean);
    }
  };
  for (int fold : {0, 1, 2}) {
    const std::string name = "Fold " + std::to_string(fold) + ": ";
    check_fold(name + "UAR", fold, &EpochRecord::train_figure, &EpochRecord::choose_figure);
    check_fold(name + "cross-entropy", fold, &EpochRecord::train_loss, &EpochRecord::choose_loss);
  }
}

namespace {

Study sample_search(bool maximize) {
  Study study;
  study.name = "search";
  study.maximize = maximize;
  study.user["protocol"] = "\"strict\"";
  Distribution lr, batch, share;
  lr.low = 1e-4, lr.high = 1e-1, lr.log = true;
  share.low = 0, share.high = 0.5;
  batch.kind = Distribution::Kind::categorical;
  batch.choices = {std::int64_t{16}, std::int64_t{32}, std::int64_t{64}};
  const Random random(17);
  for (int n = 0; n < 12; ++n) {
    Trial t;
    const auto k = static_cast<std::uint64_t>(4 * n);
    t.number = n;
    t.state = n == 5   ? TrialState::pruned
              : n == 6 ? TrialState::fail
              : n == 9 ? TrialState::pruned
                       : TrialState::complete;
    t.parameters = {{"lr", std::pow(10.0, -4 + 3 * random.uniform(k))},
                    {"batch_size", std::floor(3 * random.uniform(k + 1))},
                    {"dropout", 0.5 * random.uniform(k + 2)}};
    t.distributions = {{"lr", lr}, {"batch_size", batch}, {"dropout", share}};
    if (n != 6) t.value = 0.3 + 0.4 * random.uniform(k + 3);
    study.trials.push_back(t);
  }
  return study;
}

std::string six_digits(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

}  // namespace

TEST_CASE("the page of a search shows the figures of its trials", "[train]") {
  for (bool maximize : {true, false}) {
    const Study study = sample_search(maximize);
    const std::string html =
        html_report(study, {{"lr", 0.617}, {"batch_size", 0.3041}, {"dropout", 0.0789}});
    const std::string text = seen(html);
    const Trial* best = nullptr;
    for (const Trial& t : study.trials)
      if (t.state == TrialState::complete &&
          (best == nullptr || (maximize ? *t.value > *best->value : *t.value < *best->value)))
        best = &t;
    const auto batch_size = [](const Trial& t) {
      return std::to_string(16 << static_cast<int>(t.parameters.at("batch_size")));
    };
    CHECK(has(text, number(*best->value, 4) + " best mean choose UAR " +
                        std::to_string(best->number) + " its trial, from 0 9 complete trials " +
                        "2 pruned 1 failed"));
    const std::string parameters = section(html, "The best trial");
    CHECK(has_row(parameters, {"lr", six_digits(best->parameters.at("lr"))}));
    CHECK(has_row(parameters, {"batch_size", batch_size(*best)}));
    CHECK(has_row(parameters, {"dropout", six_digits(best->parameters.at("dropout"))}));

    const auto bars = rows_of(section(html, "Importance"));
    REQUIRE(bars.size() == 3);
    const std::pair<const char*, double> shares[] = {
        {"lr", 0.617}, {"batch_size", 0.3041}, {"dropout", 0.0789}};
    for (std::size_t k = 0; k < 3; ++k) {
      CHECK(bars[k].front() == shares[k].first);
      CHECK(std::stod(bars[k].back()) == Approx(100 * shares[k].second).margin(0.51));
      CHECK(has(section(html, "Importance"), "width:" + number(100 * shares[k].second, 1) + "%"));
    }
    for (const Trial& t : study.trials) {
      Cells cells{std::to_string(t.number), t.state == TrialState::complete ? "complete"
                                            : t.state == TrialState::pruned ? "pruned"
                                                                            : "fail"};
      if (t.value) cells.push_back(number(*t.value, 4));
      cells.push_back(batch_size(t));
      cells.push_back(six_digits(t.parameters.at("dropout")));
      cells.push_back(six_digits(t.parameters.at("lr")));
      CHECK(has_row(section(html, "Details"), cells));
    }
  }
}

TEST_CASE("the history of a search is the best so far, trial by trial", "[train]") {
  for (bool maximize : {true, false}) {
    const Study study = sample_search(maximize);
    const std::string html = html_report(study);
    const ReadChart drawn(chart(html, "Value by trial"));
    const auto lines = drawn.lines("so-far-best");
    REQUIRE(lines.size() == 1);
    // A step at every complete trial: down or up to the best so far.
    std::vector<Point> expected;
    double best = maximize ? -1 : 2;
    for (const Trial& t : study.trials) {
      if (t.state != TrialState::complete) continue;
      const double before = best;
      best = maximize ? std::max(best, *t.value) : std::min(best, *t.value);
      expected.push_back({double(t.number), before < 0 || before > 1 ? best : before});
      expected.push_back({double(t.number), best});
    }
    REQUIRE(lines[0].size() == expected.size() + 1);  // and on to the end
    for (std::size_t k = 0; k < expected.size(); ++k) {
      CHECK(lines[0][k].x == Approx(expected[k].x).margin(drawn.x_margin()));
      CHECK(lines[0][k].y == Approx(expected[k].y).margin(drawn.y_margin()));
    }
    CHECK(lines[0].back().y == Approx(best).margin(drawn.y_margin()));
  }
}
