#include <sonant/train/report/cv_speakers.h>

#include <cmath>

#include <sonant/core/numbers.h>
#include <sonant/train/report/html.h>
#include <sonant/train/report/parts.h>

namespace sonant::report {
namespace {

std::string range_text(const Interval& i) {
  return fixed(100 * i.low, 1) + " to " + percent(i.high);
}

// Of numbers there is no per cent, and no bar: a CCC may be below 0.
std::string range_of_numbers(double low, double high) {
  return fixed(low, 3) + " to " + fixed(high, 3);
}

std::string points(double share) {
  return (share < 0 ? "\u2212" : "+") + fixed(100 * std::abs(share), 1);
}

std::string signed_number(double value) {
  return (value < 0 ? "\u2212" : "+") + fixed(std::abs(value), 3);
}

std::string interval_row(const char* name, const Judgements& j, Measure measure) {
  const Interval i = interval_of(j, measure);
  return tr(td(name) + bar_cells(i.estimate, "", range_bar(i.low, i.high), 1) +
            td_number(range_text(i)));
}

// The figure of one speaker's utterances, seed by seed.
Spread figure_of_one(const Judgements& j, std::size_t speaker) {
  std::vector<double> figures;
  for (std::size_t s = 0; s < j.seeds.size(); ++s) {
    const std::size_t at = s * j.speakers.size() + speaker;
    figures.push_back(j.of_classes() ? compute_metrics(j.counts[at]).uar
                                     : compute_metrics(j.pairs[at]).ccc);
  }
  return spread_of(figures);
}

std::string speaker_numbers(const Judgements& j) {
  std::string rows;
  for (std::size_t k = 0; k < j.speakers.size(); ++k) {
    const Spread ccc = figure_of_one(j, k);
    rows += tr(td(j.speakers[k]) + td_number(std::to_string(j.pairs[k].count)) +
               td_number(fixed(ccc.mean, 3)) + td_number(range_of_numbers(ccc.min, ccc.max)));
  }
  return "<p class=\"soft small\">CCC of each speaker's utterances, mean over the seeds.</p>\n" +
         table("list", {"speaker", "#files", "#CCC", "#range"}, rows);
}

std::string speaker_bars(const Judgements& j) {
  std::string rows;
  for (std::size_t k = 0; k < j.speakers.size(); ++k) {
    const Spread uar = figure_of_one(j, k);
    rows += tr(td(j.speakers[k]) + td_number(std::to_string(j.counts[k].total())) +
               bar_cells(uar.mean, "", range_bar(uar.min, uar.max), 1));
  }
  return "<p class=\"soft small\">UAR of each speaker's utterances, mean over the seeds; the line "
         "goes from the least to the most.</p>\n" +
         table("bars", {"speaker", "#files", "=UAR"}, rows);
}

std::string p_text(double p) { return p < 0.0001 ? "<\u00a00.0001" : fixed(p, 4); }

std::string compared_row(const TableRow& row) {
  const Comparison& c = *row.comparison;
  const Interval& d = c.difference;
  const bool classes = watches_classes(row.result.config);
  const auto shown = [&](double difference) {
    return classes ? points(difference) : signed_number(difference);
  };
  const double figure = row.result.figure.mean;
  return tr(td(row.run.native()) + td(row.result.config.model) +
            td_number(classes ? percent(figure) : fixed(figure, 3)) + td_number(shown(d.estimate)) +
            td_number(d.known() ? shown(d.low) + " to " + shown(d.high) : "\u2013") +
            td_number(p_text(c.test.p)) + td_number(p_text(c.p_holm)) +
            td_number(std::to_string(c.speakers_ahead) + " of " + std::to_string(c.test.speakers)));
}

// Intervals of the measures that there are.
std::string interval_table(const Judgements& j) {
  if (j.of_classes())
    return table("bars", {"", "=mean over the seeds", "#95\u00a0% interval"},
                 interval_row("UAR", j, Measure::uar) +
                     interval_row("accuracy", j, Measure::accuracy) +
                     interval_row("macro F1", j, Measure::macro_f1));
  const Interval ccc = interval_of(j, Measure::ccc);
  return table("list", {"", "#mean over the seeds", "#95\u00a0% interval"},
               tr(td("CCC") + td_number(fixed(ccc.estimate, 3)) +
                  td_number(range_of_numbers(ccc.low, ccc.high))));
}

}  // namespace

std::string speakers_section(const CvResult& r) {
  if (r.seeds.empty()) return "";
  const std::string why_not = why_no_judgements(r);
  if (!why_not.empty())
    return section("Speakers", "<p>No intervals by speaker: " + escape(why_not) + ".</p>\n");
  const Judgements j = judgements_of(r);
  const std::string bars =
      folded("Each speaker", j.of_classes() ? speaker_bars(j) : speaker_numbers(j));
  if (j.speakers.size() < 2)
    return section("Speakers", "<p>No interval: one speaker says nothing of others.</p>\n" + bars);
  const std::string text =
      "<p class=\"soft small\">How far the figures could be off because these speakers were asked "
      "and not others, with the seeds as they are: " +
      escape(method(interval_of(j, figure_of(j)))) + ".</p>\n";
  return section("Speakers", text + interval_table(j) + bars);
}

std::string comparison_section(const CvResult& r, const std::vector<TableRow>& others) {
  if (others.empty()) return "";
  std::string rows, notes;
  std::string test;
  std::ptrdiff_t compared = 0;
  for (const TableRow& row : others) {
    if (!row.comparison) {
      notes += "<p>Not compared: " + escape(row.run.native()) + ": " + escape(row.not_compared) +
               ".</p>\n";
      continue;
    }
    rows += compared_row(row);
    test = method(row.comparison->test) + "; " + method(row.comparison->difference);
    ++compared;
  }
  if (compared == 0) return section("Comparison", notes);
  const bool classes = watches_classes(r.config);
  const std::string figure = figure_name(classes);
  return section("Comparison",
                 "<p class=\"soft small\">Each " + figure +
                     " less that of this page's experiment, " +
                     (classes ? percent(r.figure.mean) + ", in points of a per cent"
                              : fixed(r.figure.mean, 3)) +
                     "; above 0 the other is better. The utterances are the same, so "
                     "speakers are pairs. " +
                     escape(test) + ". p (Holm) is corrected for " +
                     count_of(compared, "comparison") + ".</p>\n" +
                     wide_table({"run", "model", "#" + figure, "#difference", "#95\u00a0% interval",
                                 "#p", "#p\u00a0(Holm)", "#speakers better"},
                                rows) +
                     notes);
}

}  // namespace sonant::report
