#include <sonant/train/report.h>

#include <algorithm>
#include <numeric>

#include <sonant/train/report_html.h>
#include <sonant/train/report_svg.h>

namespace sonant {
namespace {

using namespace report;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) {
    if (!text.empty()) text += ", ";
    text += word;
  }
  return text;
}

std::string count_of(std::int64_t n, const std::string& noun) {
  return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
}

std::string part(const PartFacts& p) {
  return count_of(p.files, "file") + (p.speakers.size() == 1 ? ", speaker " : ", speakers ") +
         joined(p.speakers);
}

std::string score(const char* css, const std::string& value, const std::string& caption) {
  return std::string("<div class=\"score ") + css + "\"><b>" + escape(value) +
         "</b><span class=\"soft small\">" + escape(caption) + "</span></div>\n";
}

std::string scores(const RunResult& r) {
  const Metrics& m = r.test.metrics;
  if (m.count == 0) {
    return "<p class=\"notice\">The run was stopped before the end: it was not tested.</p>\n";
  }
  const auto occurring = std::count_if(m.per_class.begin(), m.per_class.end(),
                                       [](const ClassMetrics& k) { return k.support > 0; });
  return "<div class=\"scores\">\n" + score("main", percent(m.uar), "UAR on test speakers") +
         score("", percent(m.accuracy), "accuracy") + score("", percent(m.macro_f1), "macro F1") +
         score("", percent(1.0 / static_cast<double>(std::max<std::ptrdiff_t>(1, occurring))),
               "UAR by chance") +
         "</div>\n<p class=\"soft small\">UAR is the mean recall of the classes. " +
         count_of(m.count, "utterance") + " of " +
         count_of(std::ssize(r.data.test.speakers), "speaker") +
         " that neither training nor the choice of the epoch has heard; one run with one "
         "seed.</p>\n";
}

std::string header(const RunResult& r) {
  const std::string name = r.data.corpus;
  std::string html = "<h1>" + escape(r.config.model) + " on " + escape(name) + "</h1>\n" +
                     "<p class=\"soft\">" + escape(r.data.split) + ", seed " +
                     std::to_string(r.config.seed) + ", " + std::to_string(r.parameters) +
                     " trainable parameters</p>\n";
  if (name == "synthetic") {
    html +=
        "<p class=\"notice\">The corpus is synthetic: no person spoke it. The figures say that the "
        "software works, not how well emotions of people are recognised.</p>\n";
  }
  if (r.config.normalise == "paper") {
    html +=
        "<p class=\"notice\">Features were normalised by the statistics of all files, test "
        "speakers included, as in the published protocol.</p>\n";
  }
  return html + scores(r);
}

std::string what_was_done(const RunResult& r) {
  std::vector<std::pair<std::string, std::string>> rows{
      {"Trained on", part(r.data.train)},
      {"Best epoch chosen on", part(r.data.validation)},
      {"Tested on", part(r.data.test)},
      {"Best epoch", std::to_string(r.best_epoch) + " of " + std::to_string(r.epochs.size()) +
                         ", validation UAR " + percent(r.best_val_uar)},
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

std::string curves(const RunResult& r) {
  Curve train_loss{"training", {}}, val_loss{"validation", {}}, train_uar = train_loss,
                                                                val_uar = val_loss, lr{"", {}};
  for (const EpochRecord& e : r.epochs) {
    train_loss.values.push_back(e.train_loss);
    val_loss.values.push_back(e.val_loss);
    train_uar.values.push_back(e.train_uar);
    val_uar.values.push_back(e.val_uar);
    lr.values.push_back(e.lr);
  }
  return "<div class=\"charts\">\n" +
         line_chart({"UAR", {train_uar, val_uar}, r.best_epoch, true}) +
         line_chart({"Cross-entropy", {train_loss, val_loss}, r.best_epoch}) +
         line_chart({"Learning rate", {lr}}) + "</div>\n";
}

std::string confusion_table(const Metrics& m, const std::vector<std::string>& names) {
  const int classes = m.confusion.classes();
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
    const auto row = static_cast<double>(std::max<std::int64_t>(1, m.confusion.labelled(label)));
    for (int c = 0; c < classes; ++c) {
      const auto count = m.confusion(label, c);
      const double share = static_cast<double>(count) / row;
      html += std::string("<td class=\"") + (label == c ? "right" : "") +
              (0.04 + 0.92 * share > 0.7 ? " deep" : "") + "\" style=\"background:rgba(var(--cell)," +
              fixed(0.04 + 0.92 * share, 2) + ")\">" + std::to_string(count) + "<small>" +
              fixed(100 * share, 0) + "&nbsp;%</small></td>";
    }
    html += "</tr>\n";
  }
  return html + "</tbody>\n</table>\n</div>\n";
}

std::string bar(const char* css, double share) {
  return std::string("<td><div class=\"bar") + css +
         "\"><i style=\"width:" + fixed(100 * share, 1) + "%\"></i></div></td><td class=\"n\">" +
         percent(share, 0) + "</td>";
}

std::string class_bars(const Metrics& m, const std::vector<std::string>& names) {
  std::string html =
      "<table class=\"bars\">\n<thead><tr><th>class</th><th class=\"n\">files</th>"
      "<th colspan=\"2\">recall</th><th colspan=\"2\">F1</th></tr></thead>\n<tbody>\n";
  for (std::size_t c = 0; c < m.per_class.size(); ++c) {
    const ClassMetrics& k = m.per_class[c];
    html += "<tr><td>" + escape(names[c]) + "</td><td class=\"n\">" + std::to_string(k.support) +
            "</td>" + bar("", k.recall) + bar(" f", k.f1) + "</tr>\n";
  }
  return html + "</tbody>\n</table>\n";
}

// Pairs of classes by how often the first was taken for the second.
std::string worst_confused(const Metrics& m, const std::vector<std::string>& names) {
  struct Pair {
    int label, predicted;
    double share;
  };
  std::vector<Pair> pairs;
  for (int label = 0; label < m.confusion.classes(); ++label) {
    for (int c = 0; c < m.confusion.classes(); ++c) {
      if (label == c || m.confusion(label, c) == 0) continue;
      pairs.push_back({label, c,
                       static_cast<double>(m.confusion(label, c)) /
                           static_cast<double>(m.confusion.labelled(label))});
    }
  }
  if (pairs.empty()) return "<p>None: every utterance was named rightly.</p>\n";
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const Pair& a, const Pair& b) { return a.share > b.share; });
  pairs.resize(std::min<std::size_t>(pairs.size(), 6));
  std::string html =
      "<table class=\"list\">\n<thead><tr><th>spoken</th><th>named</th><th class=\"n\">files</th>"
      "<th class=\"n\">of the class</th></tr></thead>\n<tbody>\n";
  for (const Pair& p : pairs) {
    html += "<tr><td>" + escape(names[static_cast<std::size_t>(p.label)]) + "</td><td>" +
            escape(names[static_cast<std::size_t>(p.predicted)]) + "</td><td class=\"n\">" +
            std::to_string(m.confusion(p.label, p.predicted)) + "</td><td class=\"n\">" +
            percent(p.share, 0) + "</td></tr>\n";
  }
  return html + "</tbody>\n</table>\n";
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
  std::string html =
      "<div class=\"scroll\"><table class=\"list\">\n<thead><tr><th>file</th><th>spoken</th>"
      "<th>named</th><th class=\"n\">probability</th></tr></thead>\n<tbody>\n";
  for (const FilePrediction& p : wrong) {
    html += "<tr><td><code>" + escape(p.file) + "</code></td><td>" +
            escape(names[static_cast<std::size_t>(p.label)]) + "</td><td>" +
            escape(names[static_cast<std::size_t>(p.predicted)]) + "</td><td class=\"n\">" +
            percent(certainty(p)) + "</td></tr>\n";
  }
  return folded("The surest mistakes", html + "</tbody>\n</table></div>\n");
}

struct FactRows {
  std::vector<std::pair<std::string, std::string>> rows;
  void operator()(const char* name, const std::string& value) { rows.emplace_back(name, value); }
  void operator()(const char* name, bool value) { rows.emplace_back(name, value ? "yes" : "no"); }
  void operator()(const char* name, double value) { rows.emplace_back(name, shortest(value)); }
  template <std::integral Whole>
  requires(!std::same_as<Whole, bool>) void operator()(const char* name, Whole value) {
    rows.emplace_back(name, std::to_string(value));
  }
};

std::string settings(const RunResult& r) {
  FactRows config, features;
  visit_config(r.config, config);
  visit_fields(r.features, features);
  std::string bad;
  for (const BadFile& file : r.data.bad) {
    bad +=
        "<li><code>" + escape(file.path.native()) + "</code>: " + escape(file.reason) + "</li>\n";
  }
  return folded("Settings of the training", facts(config.rows)) +
         folded("Settings of the features", facts(features.rows)) +
         (bad.empty() ? "" : folded("Bad files that were left out", "<ul>\n" + bad + "</ul>\n")) +
         folded("Fingerprints", facts({{"weights", r.weights_hash},
                                       {"data", r.data.fingerprint},
                                       {"sonant", r.environment.version},
                                       {"build", r.environment.build}}));
}

}  // namespace

std::string html_report(const RunResult& r) {
  const auto& names = r.data.class_names;
  std::string html = page_head(r.config.model + " on " + r.data.corpus) + "<body>\n" + header(r) +
                     section("What was done", what_was_done(r));
  if (!r.epochs.empty()) html += section("Learning curves", curves(r));
  if (r.test.metrics.count > 0) {
    html += section("Confusion matrix", confusion_table(r.test.metrics, names));
    html += section("Classes", class_bars(r.test.metrics, names));
    html += section("Most often confused",
                    worst_confused(r.test.metrics, names) + surest_mistakes(r.test, names));
  }
  return html + section("Details", settings(r)) +
         "<p class=\"soft small\">Made by Sonant. This file stands alone: it loads nothing.</p>\n"
         "</body>\n</html>\n";
}

}  // namespace sonant
