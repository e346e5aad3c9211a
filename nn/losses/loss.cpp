#include <sonant/nn/losses/loss.h>

#include <array>
#include <cmath>

#include <sonant/core/ops/cross_entropy.h>
#include <sonant/core/ops/focal_loss.h>
#include <sonant/core/ops/regression_losses.h>
#include <sonant/core/rows.h>
#include <sonant/core/settings.h>
#include <sonant/core/usage.h>

namespace sonant {
namespace {

constexpr const char* kAt = "LossSettings";

LossRow cross_entropy_row() {
  return {"cross-entropy",
          "minus the logarithm of the label's probability",
          LossTarget::class_index,
          {},
          []<Real T>(Var<T> head, const Targets& targets, const LossSettings& s) {
            return cross_entropy<T>(head, targets.classes, {s.class_weights, s.label_smoothing});
          }};
}

LossRow focal_row() {
  return {"focal",
          "cross-entropy of which the classes that are told well count less",
          LossTarget::class_index,
          {},
          []<Real T>(Var<T> head, const Targets& targets, const LossSettings& s) {
            return focal_loss<T>(head, targets.classes, {s.gamma, s.class_weights});
          }};
}

LossRow mean_squared_error_row() {
  return {"mean-squared-error",
          "the mean square of what is predicted wrongly",
          LossTarget::number,
          {},
          []<Real T>(Var<T> head, const Targets& targets, const LossSettings&) {
            return mean_squared_error<T>(head, targets.numbers);
          }};
}

LossRow concordance_row() {
  return {"concordance",
          "1 - the concordance correlation coefficient of the batch",
          LossTarget::number,
          {},
          []<Real T>(Var<T> head, const Targets& targets, const LossSettings&) {
            return concordance_loss<T>(head, targets.numbers);
          },
          2};
}

Rows<LossRow>& rows() {
  static Rows<LossRow> rows(
      "a loss", {cross_entropy_row(), focal_row(), mean_squared_error_row(), concordance_row()});
  return rows;
}

constexpr std::array kTable{
    setting<&LossSettings::name>("loss", "What the head is trained to").one_of(known_losses),
    setting<&LossSettings::label_smoothing>("label_smoothing",
                                            "cross-entropy: share of the target spread evenly")
        .between(0, 1),
    setting<&LossSettings::gamma>("gamma", "focal: how much less what is told well counts")
        .at_least(0)};

AnySettings own_of(const LossSettings& s) {
  return own_settings(s.name, find_loss(s.name).settings, s.own);
}

}  // namespace

void register_loss(LossRow row) {
  check_own_names(row.name, row.settings);
  rows().add(std::move(row));
}
const LossRow& find_loss(std::string_view name) { return rows().find(name, kAt); }
std::vector<std::string> known_losses() { return rows().names(); }

SettingTable settings_of(const LossSettings&) { return kTable; }

void LossSettings::validate() const {
  check_settings(*this, kAt);
  for (double w : class_weights)
    check_usage(std::isfinite(w) && w >= 0, kAt,
                "expects class weights that are finite and >= 0, got ", w);
  own_of(*this);
}

Loss::Loss(LossSettings settings) : settings_(std::move(settings)) {
  settings_.validate();
  row_ = &find_loss(settings_.name);
  settings_.own = own_of(settings_);
}

template <Real T>
Var<T> Loss::operator()(Var<T> head, const Targets& targets) const {
  const bool classes = row_->target == LossTarget::class_index;
  check(classes ? targets.numbers.empty() : targets.classes.empty(), "compute_loss", settings_.name,
        " expects targets of the kind ", word_of(row_->target), ", got the other");
  return row_->function(head, targets, settings_);
}

template <Real T>
Var<T> compute_loss(const LossSettings& settings, Var<T> head, const Targets& targets) {
  return Loss(settings)(head, targets);
}

template Var<float> Loss::operator()(Var<float>, const Targets&) const;
template Var<double> Loss::operator()(Var<double>, const Targets&) const;
template Var<float> compute_loss(const LossSettings&, Var<float>, const Targets&);
template Var<double> compute_loss(const LossSettings&, Var<double>, const Targets&);

}  // namespace sonant
