#include <sonant/train/report/cv_speakers.h>

#include <cmath>

#include <sonant/core/numbers.h>
#include <sonant/train/report/html.h>
#include <sonant/train/report/parts.h>

namespace sonant::report {
namespace {

std::string range_bar(double low, double high) {
  return "<u style=\"left:" + fixed(100 * low, 1) + "%;width:" + fixed(100 * (high - low), 1) +
         "%\"></u>";
}

std::string range_text(const Interval& i) {
  return fixed(100 * i.low, 1) + " to " + percent(i.high);
}

std::string points(double share) {
  return (share < 0 ? "\u2212" : "+") + fixed(100 * std::abs(share), 1);
}

std::string interval_row(const char* name, const Judgements& j, Measure measure) {
  const Interval i = interval_of(j, measure);
  return "<tr><td>" + std::string(name) + "</td>" +
         bar_cells(i.estimate, "", range_bar(i.low, i.high), 1) + "<td class=\"n\">" +
         range_text(i) + "</td></tr>\n";
}

// UAR of one speaker's utterances, seed by seed.
Spread uar_of(const Judgements& j, std::size_t speaker) {
  std::vector<double> uar;
  for (std::size_t s = 0; s < j.seeds.size(); ++s)
    uar.push_back(compute_metrics(j.counts[s * j.speakers.size() + speaker]).uar);
  return spread_of(uar);
}

std::string speaker_bars(const Judgements& j) {
  std::string html =
      "<p class=\"soft small\">UAR of each speaker's utterances, mean over the seeds; the line "
      "goes "
      "from the least to the most.</p>\n<table class=\"bars\">\n<thead><tr><th>speaker</th><th "
      "class=\"n\">files</th><th colspan=\"2\">UAR</th></tr></thead>\n<tbody>\n";
  for (std::size_t k = 0; k < j.speakers.size(); ++k) {
    const Spread uar = uar_of(j, k);
    html += "<tr><td>" + escape(j.speakers[k]) + "</td><td class=\"n\">" +
            std::to_string(j.counts[k].total()) + "</td>" +
            bar_cells(uar.mean, "", range_bar(uar.min, uar.max), 1) + "</tr>\n";
  }
  return html + "</tbody>\n</table>\n";
}

std::string p_text(double p) { return p < 0.0001 ? "<\u00a00.0001" : fixed(p, 4); }

std::string compared_row(const TableRow& row) {
  const Comparison& c = *row.comparison;
  const Interval& d = c.difference;
  return "<tr><td>" + escape(row.run.native()) + "</td><td>" + escape(row.result.config.model) +
         "</td><td class=\"n\">" + percent(row.result.figure.mean) + "</td><td class=\"n\">" +
         points(d.estimate) + "</td><td class=\"n\">" +
         (d.known() ? points(d.low) + " to " + points(d.high) : "\u2013") +
         "</td><td class=\"n\">" + escape(p_text(c.test.p)) + "</td><td class=\"n\">" +
         escape(p_text(c.p_holm)) + "</td><td class=\"n\">" + std::to_string(c.speakers_ahead) +
         " of " + std::to_string(c.test.speakers) + "</td></tr>\n";
}

}  // namespace

std::string speakers_section(const CvResult& r) {
  if (r.seeds.empty()) return "";
  const std::string why_not = why_no_judgements(r);
  if (!why_not.empty())
    return section("Speakers", "<p>No intervals by speaker: " + escape(why_not) + ".</p>\n");
  const Judgements j = judgements_of(r);
  const std::string bars = folded("Each speaker", speaker_bars(j));
  if (j.speakers.size() < 2)
    return section("Speakers", "<p>No interval: one speaker says nothing of others.</p>\n" + bars);
  const std::string text =
      "<p class=\"soft small\">How far the figures could be off because these speakers were asked "
      "and not others, with the seeds as they are: " +
      escape(method(interval_of(j, Measure::uar))) + ".</p>\n";
  return section(
      "Speakers",
      text +
          "<table class=\"bars\">\n<thead><tr><th></th><th colspan=\"2\">mean over the "
          "seeds</th><th class=\"n\">95\u00a0% interval</th></tr></thead>\n<tbody>\n" +
          interval_row("UAR", j, Measure::uar) + interval_row("accuracy", j, Measure::accuracy) +
          interval_row("macro F1", j, Measure::macro_f1) + "</tbody>\n</table>\n" + bars);
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
  return section(
      "Comparison",
      "<p class=\"soft small\">Each UAR less that of this page's experiment, " +
          percent(r.figure.mean) +
          ", in points of a per cent; above 0 the other is better. The utterances are the same, so "
          "speakers are pairs. " +
          escape(test) + ". p (Holm) is corrected for " + count_of(compared, "comparison") +
          ".</p>\n<div class=\"scroll\"><table class=\"list\">\n<thead><tr><th>run</th>"
          "<th>model</th><th class=\"n\">UAR</th><th class=\"n\">difference</th><th "
          "class=\"n\">95\u00a0% interval</th><th class=\"n\">p</th><th "
          "class=\"n\">p\u00a0(Holm)</th><th class=\"n\">speakers "
          "better</th></tr></thead>\n<tbody>\n" +
          rows + "</tbody>\n</table></div>\n" + notes);
}

}  // namespace sonant::report
