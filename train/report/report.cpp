#include <sonant/train/report/report.h>

#include <algorithm>
#include <numeric>

#include <sonant/core/numbers.h>
#include <sonant/core/text.h>
#include <sonant/train/experiment/judged.h>
#include <sonant/train/report/heads.h>
#include <sonant/train/report/html.h>
#include <sonant/train/report/parts.h>
#include <sonant/train/report/scatter.h>
#include <sonant/train/report/svg.h>

namespace sonant {
namespace {

using namespace report;

std::string part(const PartFacts& p) {
  return count_of(p.files, "file") + (p.speakers.size() == 1 ? ", speaker " : ", speakers ") +
         joined(p.speakers);
}

std::string scores(const RunResult& r) {
  const Metrics& m = r.test.metrics;
  if (m.count == 0 && r.test.numbers.count == 0) {
    return notice("The run was stopped before the end: it was not tested.");
  }
  if (!r.test.of_classes) return number_scores(r.test.numbers, "CCC on test speakers");
  const auto occurring = std::count_if(m.per_class.begin(), m.per_class.end(),
                                       [](const ClassMetrics& k) { return k.support > 0; });
  return "<div class=\"scores\">\n" + score(percent(m.uar), "UAR on test speakers", true) +
         score(percent(m.accuracy), "accuracy") + score(percent(m.macro_f1), "macro F1") +
         score(percent(1.0 / static_cast<double>(std::max<std::ptrdiff_t>(1, occurring))),
               "UAR by chance") +
         "</div>\n<p class=\"soft small\">UAR is the mean recall of the classes. " +
         count_of(m.count, "utterance") + " of " +
         count_of(std::ssize(r.data.test.speakers), "speaker") +
         (r.data.chooser == Chooser::test ? " that training has not heard, but that chose the epoch"
          : r.data.leaks.empty() ? " that neither training nor the choice of the epoch has heard"
                                 : "") +
         "; one run with one seed.</p>\n";
}

std::string header(const RunResult& r) {
  const std::string name = r.data.corpus;
  const std::string html = "<h1>" + escape(r.config.model) + " on " + escape(name) + "</h1>\n" +
                           "<p class=\"soft\">" + escape(r.data.split) + ", seed " +
                           std::to_string(r.config.seed) + ", " + with_thousands(r.parameters) +
                           " trainable parameters</p>\n";
  return html + corpus_notices(r.data) + scores(r);
}

std::string what_was_done(const RunResult& r) {
  const std::string chooser = choosing_part(r.data);
  std::vector<std::pair<std::string, std::string>> rows{
      {"Trained on", part(r.data.train)},
      {"Tested on", part(r.data.test)},
      {"Epoch chosen on", r.data.chooser == Chooser::nobody ? "nobody: the last is kept"
                          : r.data.chooser == Chooser::test
                              ? "the test speakers, who are judged, too"
                              : part(r.data.choose)},
      {"Epoch",
       std::to_string(r.best_epoch) + " of " + std::to_string(r.epochs.size()) +
           (r.data.chooser == Chooser::nobody
                ? ""
                : ", " + chooser + " " + figure_text(r.test.of_classes, r.best_choose_figure))},
      {"Data", count_of(r.data.files, "file") + ", " + count_of(r.data.frames, "frame") +
                   (r.data.bad.empty()
                        ? ""
                        : ", " + count_of(std::ssize(r.data.bad), "bad file") + " left out")},
      {"Took",
       duration(r.load_seconds) + " for the features, " + duration(r.train_seconds) + " to train"},
      {"Machine", r.environment.kernel + " kernel, " + r.environment.isa + ", OpenBLAS core " +
                      r.environment.blas + ", " + count_of(r.environment.threads, "thread")}};
  if (!r.command.empty()) rows.emplace_back("Command", r.command);
  return facts(rows);
}

// The second one is of those who choose, if there are any.
std::vector<Curve> drawn(const RunResult& r, const Curve& train, const Curve& chosen) {
  if (r.data.chooser == Chooser::nobody) return {train};
  return {train, chosen};
}

// One chart for each head, where there are several.
std::string head_curves(const RunResult& r) {
  std::string html;
  for (std::size_t k = 0; k < r.epochs.front().heads.size(); ++k) {
    Curve train{"training", {}}, chosen{choosing_part(r.data), {}};
    for (const EpochRecord& e : r.epochs) {
      train.values.push_back(e.heads.at(k).train_figure);
      chosen.values.push_back(e.heads.at(k).choose_figure);
    }
    const HeadRecord& head = r.epochs.front().heads[k];
    html += line_chart({head.head + ": " + figure_name(head.of_classes), drawn(r, train, chosen),
                        r.best_epoch, head.of_classes});
  }
  return html;
}

std::string curves(const RunResult& r) {
  Curve train_loss{"training", {}}, choose_loss{choosing_part(r.data), {}};
  Curve train_figure = train_loss, choose_figure = choose_loss, lr{"", {}};
  for (const EpochRecord& e : r.epochs) {
    train_loss.values.push_back(e.train_loss);
    choose_loss.values.push_back(e.choose_loss);
    train_figure.values.push_back(e.train_figure);
    choose_figure.values.push_back(e.choose_figure);
    lr.values.push_back(e.lr);
  }
  return "<div class=\"charts\">\n" +
         (r.epochs.front().heads.empty()
              ? line_chart({"UAR", drawn(r, train_figure, choose_figure), r.best_epoch, true})
              : head_curves(r)) +
         line_chart({r.epochs.front().heads.empty() ? "Cross-entropy" : "Loss",
                     drawn(r, train_loss, choose_loss), r.best_epoch}) +
         line_chart({"Learning rate", {lr}}) + "</div>\n";
}

double certainty(const FilePrediction& p) {
  const auto c = static_cast<std::size_t>(p.predicted);
  return c < p.probabilities.size() ? p.probabilities[c] : 0;
}

std::string surest_mistakes(const Evaluation& test, const std::vector<std::string>& names) {
  std::vector<FilePrediction> wrong;
  for (const FilePrediction& p : test.predictions) {
    if (p.label != p.predicted) wrong.push_back(p);
  }
  if (wrong.empty()) return "";
  std::stable_sort(wrong.begin(), wrong.end(),
                   [](const auto& a, const auto& b) { return certainty(a) > certainty(b); });
  wrong.resize(std::min<std::size_t>(wrong.size(), 10));
  std::string rows;
  for (const FilePrediction& p : wrong)
    rows += tr("<td><code>" + escape(p.file) + "</code></td>" +
               td(names[static_cast<std::size_t>(p.label)]) +
               td(names[static_cast<std::size_t>(p.predicted)]) + td_number(percent(certainty(p))));
  return folded("The surest mistakes",
                wide_table({"file", "spoken", "named", "#probability"}, rows));
}

std::string settings(const RunResult& r) {
  std::string bad;
  for (const BadFile& file : r.data.bad) {
    bad +=
        "<li><code>" + escape(file.path.native()) + "</code>: " + escape(file.reason) + "</li>\n";
  }
  return folded("Settings of the training", facts(config_rows(r.config))) +
         folded("Settings of the features", facts(feature_rows(r.features))) +
         (bad.empty() ? "" : folded("Bad files that were left out", "<ul>\n" + bad + "</ul>\n")) +
         folded("Fingerprints", facts({{"weights", r.weights_hash},
                                       {"data", r.data.fingerprint},
                                       {"sonant", r.environment.version},
                                       {"build", r.environment.build}}));
}

}  // namespace

std::string html_report(const RunResult& r, const Embeddings* embeddings) {
  const auto& names = r.test.class_names;
  std::string html = page_head(r.config.model + " on " + r.data.corpus) + "<body>\n" + header(r) +
                     section("What was done", what_was_done(r));
  if (!r.epochs.empty()) html += section("Learning curves", curves(r));
  if (r.test.metrics.count > 0) {
    html += pair(section("Confusion matrix", confusion_table(r.test.metrics.confusion, names)),
                 section("Classes", class_bars(r.test.metrics, names)));
    html += section("Most often confused", worst_confused(r.test.metrics.confusion, names) +
                                               surest_mistakes(r.test, names));
  }
  const auto shown = r.test.all();
  if (embeddings != nullptr ||
      std::ranges::any_of(shown, [](const Evaluation* e) { return e->numbers.count > 0; }))
    html += looks_defs();
  if (!r.test.of_classes && r.test.numbers.count > 0)
    html += section("Predicted numbers", number_chart(r.test));
  for (const Evaluation& other : r.test.others) html += head_section(other);
  if (embeddings != nullptr) html += section("Utterances", pca_charts(*embeddings));
  return html + section("Details", settings(r)) + page_end();
}

}  // namespace sonant
