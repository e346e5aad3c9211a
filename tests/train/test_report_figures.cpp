// Every number on the page of a run, read back and compared with what is worked out here.
#include <sonant/core/random.h>
#include <sonant/train/report/report.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "support/catch.h"
#include "support/text.h"
#include "train/read_page.h"
#include "train/sample_result.h"

using namespace sonant;
using namespace sonant::test;

TEST_CASE("the page of a run shows the run's figures", "[train]") {
  RunResult r = sample_result();
  r.test.predictions = {{"a.wav", 0, 1, {0.2, 0.7, 0.1, 0.0}},
                        {"b.wav", 1, 1, {0.0, 0.95, 0.05, 0.0}},
                        {"c.wav", 3, 2, {0.0, 0.1, 0.815, 0.085}}};
  const std::string html = html_report(r), text = seen(html);
  const Counted counted(r.test.metrics.confusion);
  const auto& names = r.data.class_names;

  CHECK(has(text, per_cent(counted.uar) + " UAR on test speakers"));
  CHECK(has(text, per_cent(counted.accuracy) + " accuracy"));
  CHECK(has(text, per_cent(counted.macro_f1) + " macro F1"));
  CHECK(has(text, per_cent(0.25) + " UAR by chance"));
  CHECK(has(text, "71 utterances of 2 speakers"));
  CHECK(has(text, "46,772 trainable parameters"));
  CHECK(has(text, "200 files, speakers 03, 08, 09"));
  CHECK(has(text, "68 files, speakers 10, 13"));
  CHECK(has(text, "71 files, speakers 11, 14"));
  CHECK(has(text, "339 files, 12,345 frames, 1 bad file left out"));
  CHECK(has(text, "26 of 30"));
  CHECK(has(text, per_cent(0.6537)));
  CHECK(has(text, "13 s for the features, 3 min 5 s to train"));  // 12.5 and 185
  CHECK(has(text, "2 threads"));

  check_confusion(section(html, "Confusion matrix"), r.test.metrics.confusion, names);
  const std::string classes = section(html, "Classes");
  for (std::size_t c = 0; c < names.size(); ++c) {
    INFO(names[c]);
    bool found = false;
    for (const Cells& row : rows_of(classes)) {
      if (row.empty() || row.front() != names[c]) continue;
      found = true;
      REQUIRE(row.size() == 4);
      CHECK(row[1] == number(counted.spoken[c], 0));
      CHECK(std::stod(row[2]) == Approx(100 * counted.recall[c]).margin(0.51));
      CHECK(std::stod(row[3]) == Approx(100 * counted.f1[c]).margin(0.51));
      // The bars are as long as the numbers say.
      for (double share : {counted.recall[c], counted.f1[c]})
        CHECK(has(classes, "width:" + number(100 * share, 1) + "%"));
    }
    CHECK(found);
  }
  // The largest shares of a class: 6 of 15 happy ones were named angry, ...
  const std::string confused = section(html, "Most often confused");
  const auto rows = rows_of(confused);
  REQUIRE(rows.size() > 5);
  CHECK(rows[1] == Cells{"happiness", "anger", "6", "40 %"});
  CHECK(rows[2] == Cells{"<neutral>", "sadness", "3", "18 %"});
  CHECK(rows[3] == Cells{"sadness", "<neutral>", "2", "15 %"});
  CHECK(rows[4] == Cells{"happiness", "<neutral>", "2", "13 %"});
  CHECK(rows[5] == Cells{"anger", "happiness", "3", "12 %"});
  CHECK(has_row(confused, {"c.wav", "sadness", "<neutral>", "81.5 %"}));
  CHECK(has_row(confused, {"a.wav", "anger", "happiness", "70.0 %"}));
  CHECK(!has(confused, "b.wav"));  // it was right
  CHECK(confused.find("c.wav") < confused.find("a.wav"));
}

TEST_CASE("the curves of a run are its epochs", "[train]") {
  const RunResult r = sample_result();
  const std::string html = html_report(r);
  const auto check_two = [&](const std::string& title, double EpochRecord::*train,
                             double EpochRecord::*choose) {
    INFO(title);
    const ReadChart drawn(chart(html, title));
    REQUIRE(drawn.lines("a").size() == 1);
    REQUIRE(drawn.lines("b").size() == 1);
    check_line(drawn, drawn.lines("a")[0], column(r.epochs, train));
    check_line(drawn, drawn.lines("b")[0], column(r.epochs, choose));
  };
  check_two("UAR", &EpochRecord::train_figure, &EpochRecord::choose_figure);
  check_two("Cross-entropy", &EpochRecord::train_loss, &EpochRecord::choose_loss);
  const ReadChart lr(chart(html, "Learning rate"));
  REQUIRE(lr.lines("a").size() == 1);
  check_line(lr, lr.lines("a")[0], column(r.epochs, &EpochRecord::lr));
}
