#include <algorithm>
#include <cmath>

#include <sonant/core/numbers.h>
#include <sonant/train/experiment/judged.h>
#include <sonant/train/report/cv_speakers.h>
#include <sonant/train/report/html.h>
#include <sonant/train/report/parts.h>
#include <sonant/train/report/report.h>
#include <sonant/train/report/scatter.h>
#include <sonant/train/report/svg.h>

namespace sonant {
namespace {

using namespace report;

bool test_speakers_choose(const CvResult& r) { return r.data.chooser == Chooser::test; }
bool is_chosen(const CvResult& r) { return r.data.chooser != Chooser::nobody; }

// Of the watched head: UAR, or CCC where that is of numbers.
std::string figure(const CvResult& r) { return figure_name(watches_classes(r.config)); }

// Of the chosen epochs, on the speakers that chose them.
std::string chosen_figure(const CvResult& r) {
  return (test_speakers_choose(r) ? "test " : "choose ") + figure(r) + ", mean of the folds";
}

std::string with_spread(const Spread& s, int digits = 1) {
  return fixed(100 * s.mean, digits) + "\u00a0\u00b1\u00a0" + percent(s.stddev, digits);
}

// Of numbers there is no per cent.
std::string figure_spread(const CvResult& r, const Spread& s, int digits = 1) {
  return watches_classes(r.config) ? with_spread(s, digits)
                                   : fixed(s.mean, 3) + "\u00a0\u00b1\u00a0" + fixed(s.stddev, 3);
}
std::string figure_value(const CvResult& r, double v) {
  return watches_classes(r.config) ? percent(v) : fixed(v, 3);
}

std::vector<const CvJob*> jobs_of(const CvResult& r, int fold) {
  std::vector<const CvJob*> jobs;
  for (const CvJob& job : r.jobs)
    if (job.fold == fold) jobs.push_back(&job);
  return jobs;
}

std::vector<int> folds_of(const CvResult& r) {
  std::vector<int> folds;
  for (const CvJob& job : r.jobs) folds.push_back(job.fold);
  std::sort(folds.begin(), folds.end());
  folds.erase(std::unique(folds.begin(), folds.end()), folds.end());
  return folds;
}

std::string cv_header(const CvResult& r) {
  std::string html = "<h1>" + escape(r.config.model) + " on " + escape(r.data.corpus) +
                     "</h1>\n<p class=\"soft\">" + escape(r.data.split) + ", " +
                     count_of(std::ssize(r.seeds), "seed") + ", " + escape(r.data.protocol) +
                     " protocol, " + with_thousands(r.parameters) + " trainable parameters</p>\n" +
                     corpus_notices(r.data);
  if (r.interrupted)
    html += notice(
        "The experiment was stopped before the end: the figures are of the trainings "
        "that are done.");
  if (r.seeds.empty()) return html;
  return html + "<div class=\"scores\">\n" +
         score(figure_spread(r, r.figure), figure(r) + ", mean over the seeds", true) +
         score(figure_value(r, r.figure.max), figure(r) + " of the best seed") +
         (watches_classes(r.config) ? score(with_spread(r.accuracy), "accuracy") : "") +
         (is_chosen(r) ? score(figure_spread(r, r.choose_figure), chosen_figure(r)) : "") +
         "</div>\n" + "<p class=\"soft small\">" +
         (watches_classes(r.config) ? "UAR is the mean recall of the classes"
                                    : "CCC is the concordance correlation coefficient") +
         ", here of the predictions of all folds together: every utterance is judged once per "
         "seed" +
         (test_speakers_choose(r)
              ? ", by a model that was not trained on its speaker, although its "
                "epoch was chosen by it"
          : r.data.leaks.empty() ? ", by a model that was not trained on its speaker"
                                 : "") +
         ". \u00b1 is the standard deviation over the seeds (of the population). What to expect of "
         "one more training is the mean, not the best seed.</p>\n";
}

std::string cv_facts(const CvResult& r) {
  Rows rows{
      {"Trainings", std::to_string(r.jobs.size()) + ": " +
                        count_of(std::ssize(folds_of(r)), "fold") + ", " +
                        count_of(std::ssize(r.seeds), "seed") + ", " +
                        count_of(r.config.epochs, "epoch") + " each"},
      {"Data", count_of(r.data.files, "file") + ", " + count_of(r.data.frames, "frame")},
      {"Took", duration(r.cpu_seconds) + " on one thread"},
      {"Machine", r.environment.kernel + " kernel, " + r.environment.isa + ", OpenBLAS core " +
                      r.environment.blas + ", " + count_of(r.environment.threads, "thread")}};
  if (!r.command.empty()) rows.emplace_back("Command", r.command);
  return facts(rows);
}

std::string seed_table(const CvResult& r) {
  const bool classes = watches_classes(r.config);
  std::vector<std::string> columns{"seed", "=" + figure(r)};
  if (classes) columns.push_back("#accuracy");
  if (is_chosen(r)) columns.push_back(test_speakers_choose(r) ? "#mean of folds" : "#choose");
  std::string rows;
  for (std::size_t s = 0; s < r.seeds.size(); ++s) {
    const CvSeed& seed = r.seeds[s];
    rows +=
        tr(td(std::to_string(seed.seed)) +
           (classes ? bar_cells(seed.test.uar, "", "", 2) + td_number(percent(seed.test.accuracy))
                    : td("") + td_number(fixed(r.heads.front().figures[s], 3))) +
           (is_chosen(r) ? td_number(figure_value(r, seed.choose_figure)) : ""));
  }
  return table("bars", columns, rows);
}

// The folds' UAR in the test, and of those who chose the epochs, if they are others.
std::string fold_table(const CvResult& r) {
  const bool others = r.data.chooser == Chooser::choose;
  std::vector<std::string> columns{"fold", "#test " + figure(r), "#range"};
  if (others) columns.push_back("#choose " + figure(r));
  std::string rows;
  for (int fold : folds_of(r)) {
    std::vector<double> test, choose;
    for (const CvJob* job : jobs_of(r, fold)) {
      test.push_back(job->test_figure);
      choose.push_back(job->choose_figure);
    }
    const Spread t = spread_of(test);
    const std::string least = watches_classes(r.config) ? fixed(100 * t.min, 1) : fixed(t.min, 3);
    rows += tr(td(std::to_string(fold)) + td_number(figure_spread(r, t)) +
               td_number(least + " to " + figure_value(r, t.max)) +
               (others ? td_number(figure_spread(r, spread_of(choose))) : ""));
  }
  return wide_table(columns, rows);
}

// The runs of one number over the epochs, and their mean where any of them has a value.
Curve curve_of(const std::vector<const CvJob*>& jobs, const std::string& name,
               double EpochRecord::*number) {
  Curve curve{name, {}, {}};
  std::size_t longest = 0;
  for (const CvJob* job : jobs) {
    curve.each.emplace_back();
    for (const EpochRecord& e : job->epochs) curve.each.back().push_back(e.*number);
    longest = std::max(longest, job->epochs.size());
  }
  for (std::size_t k = 0; k < longest; ++k) {
    double sum = 0, count = 0;
    for (const auto& run : curve.each)
      if (k < run.size()) sum += run[k], ++count;
    curve.values.push_back(sum / count);
  }
  if (curve.each.size() == 1) curve.each.clear();
  return curve;
}

// The second one is of those who choose, if there are any.
std::vector<Curve> drawn(const CvResult& r, Curve train, Curve chosen) {
  std::vector<Curve> all{std::move(train)};
  if (is_chosen(r)) all.push_back(std::move(chosen));
  return all;
}

std::string cv_curves(const CvResult& r) {
  std::string uar = "<div class=\"charts\">\n", loss = uar;
  double highest = 0;
  for (const CvJob& job : r.jobs)
    for (const EpochRecord& e : job.epochs)
      for (double v : {e.train_loss, e.choose_loss})
        if (std::isfinite(v)) highest = std::max(highest, v);
  for (int fold : folds_of(r)) {
    const auto jobs = jobs_of(r, fold);
    const std::string name = "Fold " + std::to_string(fold);
    uar += line_chart({name + ": " + figure(r),
                       drawn(r, curve_of(jobs, "training", &EpochRecord::train_figure),
                             curve_of(jobs, choosing_part(r.data), &EpochRecord::choose_figure)),
                       0, watches_classes(r.config), watches_classes(r.config) ? 0.0 : -1.0, 1});
    loss += line_chart({name + (r.heads.empty() ? ": cross-entropy" : ": loss"),
                        drawn(r, curve_of(jobs, "training", &EpochRecord::train_loss),
                              curve_of(jobs, choosing_part(r.data), &EpochRecord::choose_loss)),
                        0, false, 0, highest});
  }
  return (r.seeds.size() > 1
              ? "<p class=\"soft small\">Thick: the mean over the seeds. Thin: each of them.</p>\n"
              : "") +
         uar + "</div>\n" + folded(r.heads.empty() ? "Cross-entropy" : "Loss", loss + "</div>\n");
}

const std::vector<std::string>& class_names_of(const CvResult& r) {
  return r.heads.empty() ? r.data.class_names : r.heads.front().class_names;
}

// Mean recall over the seeds, with a line from the least to the most.
std::string recall_bars(const CvResult& r) {
  const Metrics pooled = compute_metrics(r.confusion);
  std::string rows;
  for (std::size_t c = 0; c < pooled.per_class.size(); ++c) {
    std::vector<double> recalls;
    for (const CvSeed& seed : r.seeds) recalls.push_back(seed.test.per_class[c].recall);
    const Spread s = spread_of(recalls);
    rows += tr(td(class_names_of(r)[c]) +
               td_number(std::to_string(r.seeds.front().test.per_class[c].support)) +
               bar_cells(s.mean, "", range_bar(s.min, s.max), 1) + td_number(percent(s.stddev)));
  }
  return "<p class=\"soft small\">Mean over the seeds; the line goes from the least to the "
         "most.</p>\n" +
         table("bars", {"class", "#files", "=recall", "#deviation"}, rows);
}

// A head of numbers, or another one of classes.
std::string cv_head_section(const CvHead& head) {
  if (head.of_classes) {
    const Spread uar = spread_of(head.figures);
    return section(head.head,
                   "<div class=\"scores\">\n" +
                       score(with_spread(uar), "UAR, mean over the seeds", true) +
                       "</div>\n<p class=\"soft small\">Means over the seeds.</p>\n" +
                       confusion_table(head.confusion, head.class_names, head.figures.size()));
  }
  std::string rows;
  for (std::size_t s = 0; s < head.pairs.size(); ++s) {
    const NumberMetrics m = compute_metrics(head.pairs[s]);
    rows +=
        tr(td(std::to_string(s + 1)) + td_number(fixed(m.ccc, 3)) + td_number(fixed(m.pearson, 3)) +
           td_number(shortest(m.rmse)) + td_number(shortest(m.mae)));
  }
  return section(head.head, table("list", {"seed", "#CCC", "#Pearson", "#RMSE", "#MAE"}, rows));
}

std::string utterances(const std::vector<JobEmbeddings>& all) {
  std::string html =
                  "<p class=\"soft small\">The test speakers' utterances. Left what the classifier "
                  "gets to see of "
                  "each, right what the model was given. Principal components of each cloud of its "
                  "own; a network "
                  "of another fold or seed has other axes.</p>\n",
              more;
  for (std::size_t k = 0; k < all.size(); ++k) {
    const std::string name =
        "Fold " + std::to_string(all[k].fold) + ", seed " + std::to_string(all[k].seed);
    if (k == 0)
      html += "<h3>" + name + "</h3>\n" + pca_charts(all[k].embeddings);
    else
      more += "<h3>" + name + "</h3>\n" + pca_charts(all[k].embeddings);
  }
  return html + (more.empty() ? "" : folded("The other folds", more));
}

}  // namespace

std::string html_report(const CvResult& r, const std::vector<JobEmbeddings>& embeddings,
                        const std::vector<TableRow>& others) {
  const auto& names = class_names_of(r);
  std::string html = page_head(r.config.model + " on " + r.data.corpus) + "<body>\n" +
                     cv_header(r) + section("What was done", cv_facts(r)) +
                     comparison_section(r, others) + speakers_section(r);
  if (!r.jobs.empty()) {
    html += pair(r.seeds.empty() ? "" : section("Seeds", seed_table(r)),
                 section("Folds", fold_table(r))) +
            section("Learning curves", cv_curves(r));
  }
  if (!r.seeds.empty() && watches_classes(r.config)) {
    const std::string mean =
        r.seeds.size() == 1 ? "" : "<p class=\"soft small\">Means over the seeds.</p>\n";
    html +=
        pair(
            section("Confusion matrix", mean + confusion_table(r.confusion, names, r.seeds.size())),
            section("Classes", recall_bars(r))) +
        section("Most often confused", mean + worst_confused(r.confusion, names, r.seeds.size()));
  }
  for (const CvHead& head : r.heads)
    if (&head != &r.heads.front() || !head.of_classes) html += cv_head_section(head);
  if (!embeddings.empty()) html += looks_defs() + section("Utterances", utterances(embeddings));
  return html +
         section("Details",
                 folded("Settings of the training", facts(config_rows(r.config))) +
                     folded("Settings of the features", facts(feature_rows(r.features))) +
                     folded("Fingerprints", facts({{"data", r.data.fingerprint},
                                                   {"sonant", r.environment.version},
                                                   {"build", r.environment.build}}))) +
         page_end();
}

}  // namespace sonant
