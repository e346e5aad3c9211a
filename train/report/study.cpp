#include <algorithm>
#include <cmath>

#include <sonant/core/text.h>
#include <sonant/train/experiment/judged.h>
#include <sonant/train/json_body.h>
#include <sonant/train/protocol.h>
#include <sonant/train/report/html.h>
#include <sonant/train/report/parts.h>
#include <sonant/train/report/report.h>
#include <sonant/train/report/scatter.h>
#include <sonant/train/report/svg.h>
#include <sonant/train/search/tune.h>

namespace sonant {
namespace {

using namespace report;

constexpr int kComplete = 0, kPruned = 6;  // looks: a dot, a cross

// An attribute that `sonant tune` stores; "" if somebody else made the study.
std::string attribute(const Study& study, const std::string& key) {
  const auto found = study.user.find(key);
  if (found == study.user.end()) return "";
  const Json json = Json::parse_or_null(found->second);
  return json.is_string() ? json.get<std::string>() : "";
}

// Of the study's protocol; nullptr if it is none that this program knows.
const Protocol* protocol_of(const Study& study) {
  return search_protocol(attribute(study, "protocol"));
}

std::string objective(const Study& study) {
  const Protocol* protocol = protocol_of(study);
  return protocol == nullptr ? "value" : objective_name(*protocol);
}

std::vector<const Trial*> complete_trials(const Study& study) {
  std::vector<const Trial*> trials;
  for (const Trial& trial : study.trials)
    if (trial.state == TrialState::complete && trial.value && std::isfinite(*trial.value))
      trials.push_back(&trial);
  return trials;
}

// Every parameter of any complete trial, with what it may be.
std::map<std::string, Distribution> space_of(const std::vector<const Trial*>& trials) {
  std::map<std::string, Distribution> space;
  for (const Trial* trial : trials)
    space.insert(trial->distributions.begin(), trial->distributions.end());
  return space;
}

// ---- axes ----

// Where a number of the parameter stands between 0 and 1.
double position(const Distribution& d, double value) {
  if (d.kind == Distribution::Kind::categorical)
    return (value + 0.5) / static_cast<double>(std::max<std::size_t>(1, d.choices.size()));
  const auto scale = [&](double v) { return d.log ? std::log(v) : v; };
  if (!(d.low < d.high)) return 0.5;
  return (scale(value) - scale(d.low)) / (scale(d.high) - scale(d.low));
}

std::vector<std::pair<double, std::string>> parameter_ticks(const Distribution& d) {
  std::vector<std::pair<double, std::string>> ticks;
  if (d.kind == Distribution::Kind::categorical) {
    for (std::size_t k = 0; k < d.choices.size(); ++k)
      ticks.emplace_back(position(d, static_cast<double>(k)), to_text(d.choices[k]));
  } else if (d.log) {
    const double first = std::ceil(std::log10(d.low) - 1e-9), last = std::log10(d.high);
    for (double power = first; power <= last + 1e-9; ++power) {
      const double value = std::pow(10.0, power);
      ticks.emplace_back(position(d, value), shortest(value));
    }
  }
  if (ticks.size() < 2 && d.kind != Distribution::Kind::categorical) {
    ticks.clear();
    for (double share : {0.0, 0.5, 1.0}) {
      const double value =
          d.log ? d.low * std::pow(d.high / d.low, share) : d.low + share * (d.high - d.low);
      ticks.emplace_back(share, fixed(value, d.high - d.low > 10 ? 0 : 2));
    }
  }
  return ticks;
}

Axis value_axis(const Study& study, double low, double high) {
  const double room = std::max(1e-9, 0.05 * (high - low));
  return {objective(study), low - room, high + room};
}

std::pair<double, double> range_of(const std::vector<const Trial*>& trials) {
  double low = *trials.front()->value, high = low;
  for (const Trial* trial : trials) {
    low = std::min(low, *trial->value);
    high = std::max(high, *trial->value);
  }
  return {low, high};
}

// ---- sections ----

std::string study_header(const Study& study) {
  const Trial* best = study.best();
  std::string html = "<h1>" + escape(study.name) +
                     "</h1>\n<p class=\"soft\">A search for "
                     "hyperparameters that " +
                     (study.maximize ? "maximises" : "minimises") + " the " + objective(study) +
                     "</p>\n";
  if (const Protocol* protocol = protocol_of(study); protocol != nullptr) {
    if (const std::string why = objective_warning(*protocol); !why.empty()) html += notice(why);
  }
  html += "<div class=\"scores\">\n" +
          score(best ? fixed(*best->value, 4) : "none", "best " + objective(study), true);
  if (best) html += score(std::to_string(best->number), "its trial, from 0");
  const int complete = study.count(TrialState::complete);
  html += score(std::to_string(complete), complete == 1 ? "complete trial" : "complete trials") +
          score(std::to_string(study.count(TrialState::pruned)), "pruned");
  if (const int failed = study.count(TrialState::fail))
    html += score(std::to_string(failed), "failed");
  return html + "</div>\n";
}

std::string parameter_text(const Trial& trial, const std::string& name) {
  const auto value = trial.parameters.find(name);
  const auto of = trial.distributions.find(name);
  if (value == trial.parameters.end() || of == trial.distributions.end()) return "";
  const Choice choice = of->second.choice(value->second);
  if (const double* number = std::get_if<double>(&choice)) return shortest(*number);
  return to_text(choice);
}

std::string history(const Study& study, const std::vector<const Trial*>& complete) {
  auto [low, high] = range_of(complete);
  std::vector<Cloud> clouds(2);
  clouds[0].look = kPruned;
  clouds[1].look = kComplete;
  for (const Trial& trial : study.trials) {
    const bool pruned = trial.state == TrialState::pruned;
    if ((!pruned && trial.state != TrialState::complete) || !trial.value ||
        !std::isfinite(*trial.value))
      continue;
    clouds[pruned ? 0 : 1].points.emplace_back(trial.number, *trial.value);
    low = std::min(low, *trial.value);
    high = std::max(high, *trial.value);
  }
  const Axis x{"trial", -0.5, static_cast<double>(study.trials.size()) - 0.5};
  const Axis y = value_axis(study, low, high);
  std::string steps;
  double best = *complete.front()->value;
  const auto step_to = [&](double trial) {
    const auto [at, level] = place_in_chart(x, y, trial, best);
    steps += (steps.empty() ? "" : " ") + stretched_point(at, level);
  };
  for (const Trial* trial : complete) {
    step_to(trial->number);
    best = study.maximize ? std::max(best, *trial->value) : std::min(best, *trial->value);
    step_to(trial->number);
  }
  step_to(x.high);
  return scatter_chart("Value by trial; the line is the best so far", x, y, clouds,
                       "<polyline class=\"so-far-best\" points=\"" + steps + "\"/>\n") +
         looks_legend({{kComplete, "complete"}, {kPruned, "pruned, the last value it had"}});
}

std::string importance_bars(const std::map<std::string, double>& importance) {
  std::vector<std::pair<double, std::string>> order;
  for (const auto& [name, share] : importance) order.emplace_back(share, name);
  std::sort(order.rbegin(), order.rend());
  std::string html =
      "<p class=\"soft small\">How far the best tenth of the trials stands apart from all of them, "
      "by "
      "parameter (PED-ANOVA, Watanabe et al. 2023).</p>\n<table class=\"bars\"><tbody>\n";
  for (const auto& [share, name] : order) html += tr(td(name) + bar_cells(share));
  return html + "</tbody></table>\n";
}

std::string slices(const Study& study, const std::vector<const Trial*>& complete) {
  const auto [low, high] = range_of(complete);
  const Axis y = value_axis(study, low, high);
  std::string html = "<div class=\"charts\">\n";
  for (const auto& [name, d] : space_of(complete)) {
    const bool categorical = d.kind == Distribution::Kind::categorical;
    const double room = categorical ? 0 : 0.03;
    const Axis x{d.log ? "logarithmic" : "", -room, 1 + room, parameter_ticks(d)};
    std::vector<Cloud> clouds(2);
    clouds[1].look = 1;
    for (const Trial* trial : complete) {
      const auto value = trial->parameters.find(name);
      if (value == trial->parameters.end()) continue;
      // Points of one choice stand beside one another, in the order of the trials.
      const double spread = categorical ? 0.6 / static_cast<double>(d.choices.size()) : 0;
      const double turn =
          trial->number / std::max(1.0, static_cast<double>(study.trials.size() - 1));
      clouds[trial == study.best() ? 1 : 0].points.emplace_back(
          position(d, value->second) + spread * (turn - 0.5), *trial->value);
    }
    html += scatter_chart(name, x, y, clouds);
  }
  return html + "</div>\n" + looks_legend({{0, "trial"}, {1, "the best"}});
}

// Parallel coordinates, with the axes lying so that they fit on a phone; a line for each trial, the
// better half over the others, the best tenth over all.
std::string parallel(const Study& study, const std::vector<const Trial*>& complete) {
  constexpr Margins margins{14, 26, 14, 24};
  constexpr double distance = 56;
  const auto space = space_of(complete);
  std::vector<const Trial*> order = complete;
  std::stable_sort(order.begin(), order.end(), [&](const Trial* a, const Trial* b) {
    return study.maximize ? *a->value < *b->value : *a->value > *b->value;
  });
  const auto [low, high] = range_of(complete);
  const double bottom = distance * static_cast<double>(space.size());
  std::string lines, labels;
  for (std::size_t k = 0; k < order.size(); ++k) {
    std::string points;
    double y = 0;
    for (const auto& [name, d] : space) {
      const auto value = order[k]->parameters.find(name);
      if (value != order[k]->parameters.end())
        points += stretched_point(position(d, value->second), y) + " ";
      y += distance;
    }
    const double share = high > low ? (*order[k]->value - low) / (high - low) : 0.5;
    points += stretched_point(share, bottom);
    const double rank = static_cast<double>(k + 1) / static_cast<double>(order.size());
    const char* css = rank > 0.9 ? "top" : rank > 0.5 ? "good" : "rest";
    lines += std::string("<polyline class=\"") + css + "\" points=\"" + points + "\"/>\n";
  }
  const auto axis = [&](const std::string& name, double y,
                        const std::vector<std::pair<double, std::string>>& ticks) {
    labels += rule("axis", 0, y, 1, y) + text("0", y - 6, "start", name, "halo name");
    for (const auto& [share, words] : ticks) {
      const char* anchor = share < 0.08 ? "start" : share > 0.92 ? "end" : "middle";
      labels += text(across(share), y + 14, anchor, words, "halo");
    }
  };
  double y = 0;
  for (const auto& [name, d] : space) {
    axis(name, y, parameter_ticks(d));
    y += distance;
  }
  axis(objective(study), bottom, {{0, fixed(low, 3)}, {1, fixed(high, 3)}});
  return "<figure class=\"parallel\">\n" +
         drawing("parallel coordinates", margins, bottom, "", lines, labels) +
         "</figure>\n<p class=\"soft small\">A line for each complete trial. Strong: the best "
         "tenth; "
         "weaker: the better half; faint: the others.</p>\n";
}

std::string trial_table(const Study& study) {
  const auto space = space_of(complete_trials(study));
  std::vector<std::string> columns{"#trial", "state", "#value"};
  for (const auto& [name, d] : space) columns.push_back("#" + name);
  std::string rows;
  for (const Trial& trial : study.trials) {
    std::string cells = td_number(std::to_string(trial.number)) +
                        td(small_letters(std::string(to_text(trial.state)))) +
                        td_number(trial.value ? fixed(*trial.value, 4) : "");
    for (const auto& [name, d] : space) cells += td_number(parameter_text(trial, name));
    rows += tr(cells);
  }
  return folded("All trials", wide_table(columns, rows));
}

}  // namespace

std::string html_report(const Study& study, const std::map<std::string, double>& importance) {
  const std::vector<const Trial*> complete = complete_trials(study);
  std::string html = page_head(study.name) + "<body>\n" + looks_defs() + study_header(study);
  if (const Trial* best = study.best()) {
    Rows rows;
    for (const auto& [name, value] : best->parameters)
      rows.emplace_back(name, parameter_text(*best, name));
    html += section("The best trial", facts(rows));
  }
  if (!complete.empty()) {
    html += pair(section("History", history(study, complete)),
                 section("All parameters together", parallel(study, complete)));
    if (!importance.empty()) html += section("Importance", importance_bars(importance));
    html += section("Each parameter", slices(study, complete));
  }
  return html + section("Details", trial_table(study)) + page_end();
}

}  // namespace sonant
