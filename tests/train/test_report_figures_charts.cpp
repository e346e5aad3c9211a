// Every point of the clouds and lines on the pages of a search and of embeddings, read back and
// compared with what is worked out here.
#include <sonant/core/random.h>
#include <sonant/train/report/pca.h>
#include <sonant/train/report/report.h>
#include <sonant/train/report/scatter.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "support/catch.h"
#include "support/close.h"
#include "support/text.h"
#include "train/read_page.h"

using namespace sonant;
using namespace sonant::test;

namespace {

// Ten trials, of which two were pruned; the last is not the best, nor the worst.
Study search(bool maximize) {
  Study study;
  study.name = "search";
  study.maximize = maximize;
  Distribution lr, share, batch;
  lr.low = 1e-4, lr.high = 1e-1, lr.log = true;
  share.low = 0, share.high = 0.5;
  batch.kind = Distribution::Kind::categorical;
  batch.choices = {std::int64_t{16}, std::int64_t{32}, std::int64_t{64}};
  const double values[] = {0.41, 0.55, 0.38, 0.62, 0.35, 0.44, 0.71, 0.30, 0.66, 0.52};
  const Random random(23);
  for (int n = 0; n < 10; ++n) {
    Trial t;
    const auto k = static_cast<std::uint64_t>(3 * n);
    t.number = n;
    t.state = n == 2 || n == 5 ? TrialState::pruned : TrialState::complete;
    t.parameters = {{"lr", std::pow(10.0, -4 + 3 * random.uniform(k))},
                    {"batch_size", std::floor(3 * random.uniform(k + 1))},
                    {"dropout", 0.5 * random.uniform(k + 2)}};
    t.distributions = {{"lr", lr}, {"batch_size", batch}, {"dropout", share}};
    t.value = values[n];
    study.trials.push_back(t);
  }
  return study;
}

std::vector<const Trial*> complete(const Study& study) {
  std::vector<const Trial*> trials;
  for (const Trial& t : study.trials)
    if (t.state == TrialState::complete) trials.push_back(&t);
  return trials;
}

// Where the axes of the parallel coordinates begin and end, by hand.
double place_of(const Trial& t, const std::string& name) {
  const double value = t.parameters.at(name);
  if (name == "lr") return (std::log10(value) + 4) / 3;
  return name == "dropout" ? value / 0.5 : (value + 0.5) / 3;
}

// The numbers of "12.5,3.0 14.0,..." for each element of a class, in the order of the page.
std::vector<std::vector<Point>> raw_lines(const std::string& svg, std::vector<std::string>& css) {
  std::vector<std::vector<Point>> all;
  for (const std::string& element : all_between(svg, "<polyline class=\"", "\"/>")) {
    if (element.find('-') < element.find('"')) continue;  // "so-far-best", which is no trial's
    css.push_back(element.substr(0, element.find('"')));
    auto& values = all.emplace_back(points_of(element.substr(element.find("points=\"") + 8)));
    for (Point& p : values) p.x /= 1000;
  }
  return all;
}

}  // namespace

TEST_CASE("every trial of a search is a mark at its number and value", "[train]") {
  const Study study = search(true);
  const ReadChart drawn(chart(html_report(study), "Value by trial"));
  const auto check_marks = [&](int look, TrialState state) {
    std::vector<const Trial*> trials;
    for (const Trial& t : study.trials)
      if (t.state == state) trials.push_back(&t);
    const auto marks = drawn.marks(look);
    REQUIRE(marks.size() == trials.size());
    for (std::size_t k = 0; k < trials.size(); ++k) {
      CHECK(marks[k].x == Approx(trials[k]->number).margin(drawn.x_margin()));
      CHECK(marks[k].y == Approx(*trials[k]->value).margin(drawn.y_margin()));
    }
  };
  check_marks(0, TrialState::complete);
  check_marks(6, TrialState::pruned);
}

TEST_CASE("every complete trial is a mark over each of its parameters, the best a square",
          "[train]") {
  for (const bool maximize : {true, false}) {
    const Study study = search(maximize);
    const ReadChart drawn(chart(html_report(study), "dropout"));
    std::vector<const Trial*> trials = complete(study);
    const auto best = std::max_element(trials.begin(), trials.end(), [&](auto* a, auto* b) {
      return maximize ? (*a->value) < (*b->value) : (*a->value) > (*b->value);
    });
    const auto check_mark = [&](const Point& mark, const Trial& t) {
      CHECK(mark.x == Approx(t.parameters.at("dropout")).margin(drawn.x_margin()));
      CHECK(mark.y == Approx(*t.value).margin(drawn.y_margin()));
    };
    REQUIRE(drawn.marks(1).size() == 1);
    check_mark(drawn.marks(1)[0], **best);
    trials.erase(best);
    const auto others = drawn.marks(0);
    REQUIRE(others.size() == trials.size());
    for (std::size_t k = 0; k < trials.size(); ++k) check_mark(others[k], *trials[k]);
  }
  // A logarithmic axis: its labels stand at the powers of ten.
  const std::string lr = chart(html_report(search(true)), "lr");
  for (const auto& [power, words] : {std::pair{-4, "0.0001"}, {-3, "0.001"}, {-2, "0.01"}}) {
    const double share = ((power + 4) / 3.0 + 0.03) / 1.06;
    CHECK(has(lr, "x=\"" + number(100 * share, 2) + "%\" y=\"255.0\" text-anchor=\"middle\">" +
                      words + "</text>"));
  }
}

TEST_CASE("parallel coordinates: a line for each complete trial, the best last", "[train]") {
  for (const bool maximize : {true, false}) {
    const Study study = search(maximize);
    const std::string svg = chart(html_report(study), "parallel coordinates");
    std::vector<const Trial*> trials = complete(study);
    std::sort(trials.begin(), trials.end(), [&](auto* a, auto* b) {
      return maximize ? (*a->value) < (*b->value) : (*a->value) > (*b->value);
    });
    std::vector<std::string> css;
    const auto lines = raw_lines(svg, css);
    CHECK(css ==
          std::vector<std::string>{"rest", "rest", "rest", "rest", "good", "good", "good", "top"});
    REQUIRE(lines.size() == trials.size());
    for (std::size_t k = 0; k < lines.size(); ++k) {
      REQUIRE(lines[k].size() == 4);
      const char* names[] = {"batch_size", "dropout", "lr"};
      for (std::size_t n = 0; n < 3; ++n) {
        CHECK(lines[k][n].x == Approx(place_of(*trials[k], names[n])).margin(1.1e-4));
        CHECK(lines[k][n].y == Approx(56.0 * static_cast<double>(n)));
      }
      CHECK(lines[k][3].x == Approx((*trials[k]->value - 0.30) / 0.41).margin(1.1e-4));
    }
    CHECK(has(svg, "text-anchor=\"start\" class=\"halo\">0.300</text>"));
    CHECK(has(svg, "text-anchor=\"end\" class=\"halo\">0.710</text>"));
  }
}

TEST_CASE("the pictures of utterances are their principal components, class by class", "[train]") {
  Embeddings e{normal<float>({12, 5}, 1), normal<float>({12, 7}, 2), {}, {"a", "b", "c"}};
  for (int i = 0; i < 12; ++i) e.labels.push_back(i % 3);
  const std::string html = report::pca_charts(e);
  for (const auto& [title, x] : {std::pair{"What the model makes of it", &e.embedding},
                                 {"What it was given", &e.feature_mean}}) {
    INFO(title);
    const Pca pca = principal_components(*x, 2);
    const std::string svg = chart(html, title);
    CHECK(has(seen(html), title));
    CHECK(has(svg, ": " + number(100 * (pca.explained[0] + pca.explained[1]), 0)));
    for (std::size_t k = 0; k < 2; ++k)
      CHECK(has(seen(svg), "component " + std::to_string(k + 1) + ", " +
                               per_cent(pca.explained[k]) + " of the variance"));
    const ReadChart drawn(svg);
    for (int label = 0; label < 3; ++label) {
      const auto marks = drawn.marks(label);
      REQUIRE(marks.size() == 4);
      for (std::size_t n = 0; n < 4; ++n) {
        const auto row = static_cast<std::int64_t>(3 * n) + label;
        CHECK(marks[n].x == Approx(pca.scores(row, 0)).margin(drawn.x_margin()));
        CHECK(marks[n].y == Approx(pca.scores(row, 1)).margin(drawn.y_margin()));
      }
    }
  }
}
