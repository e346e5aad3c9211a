#include <sonant/train/report/parts.h>

#include <algorithm>

#include <sonant/train/config_settings.h>
#include <sonant/train/report/html.h>

namespace sonant::report {
namespace {

void add_row(Rows& rows, const Setting& row, const Json& value) {
  rows.emplace_back(row.name,
                    value.is_boolean() ? (value.get<bool>() ? "yes" : "no") : row.shown(value));
}

// "12", and of several runs "12.5".
std::string mean_count(std::int64_t count, std::size_t runs) {
  const auto n = static_cast<std::int64_t>(runs);
  if (count % n == 0) return std::to_string(count / n);
  return fixed(static_cast<double>(count) / static_cast<double>(runs), 1);
}

}  // namespace

std::string score(const std::string& value, const std::string& caption, bool main) {
  return std::string("<div class=\"score ") + (main ? "main" : "") + "\"><b>" + escape(value) +
         "</b><span class=\"soft small\">" + escape(caption) + "</span></div>\n";
}

std::string notice(const std::string& text) {
  return "<p class=\"notice\">" + escape(text) + "</p>\n";
}

std::string corpus_notices(const DataFacts& data) {
  std::string html;
  if (data.corpus == "synthetic") {
    html += notice(
        "The corpus is synthetic: no person spoke it. The figures say that the software works, not "
        "how well emotions of people are recognised.");
  }
  if (!data.leaks.empty())
    html += notice("The protocol " + data.protocol + " leaks: " + data.leaks + ".");
  return html;
}

std::string figure_text(bool of_classes, double figure) {
  return of_classes ? "UAR " + percent(figure) : "CCC " + fixed(figure, 3);
}

std::string page_end() {
  return "<p class=\"soft small\">Made by Sonant. This file stands alone: it loads nothing.</p>\n"
         "</body>\n</html>\n";
}

std::string confusion_table(const ConfusionMatrix& m, const std::vector<std::string>& names,
                            std::size_t runs) {
  const int classes = m.classes();
  std::string html =
      "<p class=\"soft small\">Rows: what was spoken. Columns: what was named. Utterances, and "
      "their share of the row.</p>\n<div class=\"scroll\">\n<table class=\"confusion\">\n"
      "<thead><tr><td></td>";
  for (const auto& name : names) {
    html += "<th scope=\"col\"><span>" + escape(name) + "</span></th>";
  }
  html += "</tr></thead>\n<tbody>\n";
  for (int label = 0; label < classes; ++label) {
    html += "<tr><th scope=\"row\">" + escape(names[static_cast<std::size_t>(label)]) + "</th>";
    const auto row = static_cast<double>(std::max<std::int64_t>(1, m.labelled(label)));
    for (int c = 0; c < classes; ++c) {
      const auto count = m(label, c);
      const double share = static_cast<double>(count) / row;
      html += std::string("<td class=\"") + (label == c ? "right" : "") +
              (0.04 + 0.92 * share > 0.7 ? " deep" : "") +
              "\" style=\"background:rgba(var(--cell)," + fixed(0.04 + 0.92 * share, 2) + ")\">" +
              mean_count(count, runs) + "<small>" + fixed(100 * share, 0) + "&nbsp;%</small></td>";
    }
    html += "</tr>\n";
  }
  return html + "</tbody>\n</table>\n</div>\n";
}

std::string worst_confused(const ConfusionMatrix& m, const std::vector<std::string>& names,
                           std::size_t runs) {
  struct Pair {
    int label, predicted;
    double share;
  };
  std::vector<Pair> pairs;
  for (int label = 0; label < m.classes(); ++label) {
    for (int c = 0; c < m.classes(); ++c) {
      if (label == c || m(label, c) == 0) continue;
      pairs.push_back(
          {label, c, static_cast<double>(m(label, c)) / static_cast<double>(m.labelled(label))});
    }
  }
  if (pairs.empty()) return "<p>None: every utterance was named rightly.</p>\n";
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const Pair& a, const Pair& b) { return a.share > b.share; });
  pairs.resize(std::min<std::size_t>(pairs.size(), 6));
  std::string rows;
  for (const Pair& p : pairs)
    rows +=
        tr(td(names[static_cast<std::size_t>(p.label)]) +
           td(names[static_cast<std::size_t>(p.predicted)]) +
           td_number(mean_count(m(p.label, p.predicted), runs)) + td_number(percent(p.share, 0)));
  return table("list", {"spoken", "named", "#files", "#of the class"}, rows);
}

std::string bar_cells(double share, const std::string& css, const std::string& after, int digits) {
  return "<td><div class=\"bar" + css + "\"><i style=\"width:" + fixed(100 * share, 1) +
         "%\"></i>" + after + "</div></td>" + td_number(percent(share, digits));
}

std::string range_bar(double low, double high) {
  return "<u style=\"left:" + fixed(100 * low, 1) + "%;width:" + fixed(100 * (high - low), 1) +
         "%\"></u>";
}

std::string class_bars(const Metrics& m, const std::vector<std::string>& names) {
  std::string rows;
  for (std::size_t c = 0; c < m.per_class.size(); ++c) {
    const ClassMetrics& k = m.per_class[c];
    rows += tr(td(names[c]) + td_number(std::to_string(k.support)) + bar_cells(k.recall) +
               bar_cells(k.f1, " f"));
  }
  return table("bars", {"class", "#files", "=recall", "=F1"}, rows);
}

Rows config_rows(const TrainConfig& config) {
  TrainConfig filled = config;
  const ConfigSettings settings(filled);
  Rows rows;
  for (const Setting* row : settings.rows()) add_row(rows, *row, settings.get(*row));
  return rows;
}

Rows feature_rows(const FeatureSettings& features) {
  Rows rows{{"front_end", features.front_end}};
  for (const ConstSettings part : {features.own.view(), ConstSettings(features.around)})
    for (const Setting& row : part.table())
      if (!row.retired()) add_row(rows, row, part.get(row));
  return rows;
}

}  // namespace sonant::report
