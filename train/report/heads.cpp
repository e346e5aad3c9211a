#include <sonant/train/report/heads.h>

#include <algorithm>
#include <cmath>

#include <sonant/core/numbers.h>
#include <sonant/train/report/html.h>
#include <sonant/train/report/parts.h>
#include <sonant/train/report/scatter.h>
#include <sonant/train/report/svg.h>

namespace sonant::report {

std::string number_scores(const NumberMetrics& m, const std::string& caption) {
  return "<div class=\"scores\">\n" + score(fixed(m.ccc, 3), caption, true) +
         score(fixed(m.pearson, 3), "Pearson\u2019s correlation") +
         score(shortest(m.rmse), "root mean squared error") +
         score(shortest(m.mae), "mean absolute error") +
         "</div>\n<p class=\"soft small\">CCC is the concordance correlation coefficient: 1 where "
         "every number is predicted as it is, 0 where a prediction says nothing. " +
         count_of(m.count, "utterance") + ".</p>\n";
}

std::string number_chart(const Evaluation& e) {
  Cloud cloud;
  double low = 0, high = 0;
  for (const FilePrediction& p : e.predictions) {
    if (!std::isfinite(p.number)) continue;
    if (cloud.points.empty()) low = high = p.truth;
    low = std::min({low, p.truth, p.number});
    high = std::max({high, p.truth, p.number});
    cloud.points.emplace_back(p.truth, p.number);
  }
  if (cloud.points.empty()) return "";
  const double room = std::max(1e-6, 0.04 * (high - low));
  const Axis x{"true " + e.head, low - room, high + room},
      y{"predicted " + e.head, low - room, high + room};
  const auto corner = [&](double v) {
    const auto [at_x, at_y] = place_in_chart(x, y, v, v);
    return stretched_point(at_x, at_y);
  };
  return "<div class=\"charts\">\n" +
         scatter_chart("Predicted over true numbers; on the line both are the same", x, y, {cloud},
                       "<polyline class=\"grid\" points=\"" + corner(x.low) + " " + corner(x.high) +
                           "\"/>\n") +
         "</div>\n";
}

std::string head_section(const Evaluation& e) {
  if (!e.of_classes)
    return section(e.head, number_scores(e.numbers, "CCC on test speakers") + number_chart(e));
  return section(e.head, "<div class=\"scores\">\n" +
                             score(percent(e.metrics.uar), "UAR on test speakers", true) +
                             score(percent(e.metrics.accuracy), "accuracy") + "</div>\n" +
                             confusion_table(e.metrics.confusion, e.class_names) +
                             class_bars(e.metrics, e.class_names));
}

}  // namespace sonant::report
