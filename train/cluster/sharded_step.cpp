#include <sonant/train/cluster/sharded_step.h>

#include <algorithm>

namespace sonant {
namespace {

void copy_state(const std::vector<Named<Member<float>>>& from,
                const std::vector<Named<Member<float>>>& to) {
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (const auto* parameter = std::get_if<Parameter<float>*>(&from[i].value))
      std::ranges::copy((*parameter)->value.span(),
                        std::get<Parameter<float>*>(to[i].value)->value.span().begin());
    else if (const auto* buffer = std::get_if<Tensor<float>*>(&from[i].value))
      std::ranges::copy((*buffer)->span(), std::get<Tensor<float>*>(to[i].value)->span().begin());
    else if (const auto* counter = std::get_if<std::int64_t*>(&from[i].value))
      *std::get<std::int64_t*>(to[i].value) = **counter;
  }
}

std::size_t numbers_of(const std::vector<Parameter<float>*>& parameters) {
  std::size_t n = parameters.size();
  for (const Parameter<float>* p : parameters) n += static_cast<std::size_t>(p->value.size());
  return n;
}

void flatten(const std::vector<Parameter<float>*>& parameters, std::vector<float>& to) {
  auto at = to.begin();
  for (const Parameter<float>* p : parameters)
    at = p->grad.empty() ? std::fill_n(at, p->value.size(), 0.0F)
                         : std::ranges::copy(p->grad.span(), at).out;
  for (const Parameter<float>* p : parameters) *at++ = p->grad.empty() ? 0.0F : 1.0F;
}

void restore(const std::vector<float>& from, const std::vector<Parameter<float>*>& parameters) {
  auto at = from.begin();
  auto known = from.end() - std::ssize(parameters);
  for (Parameter<float>* p : parameters) {
    const auto end = at + p->value.size();
    if (*known++ > 0) {
      if (p->grad.empty()) p->grad = Tensor<float>(p->value.shape());
      std::copy(at, end, p->grad.span().begin());
    }
    at = end;
  }
}

}  // namespace

ShardedStep::ShardedStep(Model<float>& model, int shards, Communicator* ranks)
    : group_(shards, ranks), sum_(shards, ranks) {
  for (int k = 0; k < group_.size(); ++k) {
    Replica& replica = replicas_.emplace_back();
    if (k > 0) replica.own = model.clone();
    replica.model = k > 0 ? replica.own.get() : &model;
    replica.members = replica.model->members();
    replica.parameters = replica.model->parameters();
    replica.gradient.resize(numbers_of(replica.parameters));
    // The optimizer of the original need not hear of gradients that a copy gets.
    for (Parameter<float>* p : replica.parameters)
      if (k > 0) p->anchor = Anchor();
  }
}

void ShardedStep::begin() {
  for (std::size_t k = 1; k < replicas_.size(); ++k) {
    copy_state(replicas_[0].members, replicas_[k].members);
    for (Parameter<float>* p : replicas_[k].parameters) p->zero_grad();
  }
}

void ShardedStep::run(const std::function<void(Model<float>&, Exchange&, bool)>& body) {
  group_.run([&](int k, Exchange& exchange) {
    body(*replicas_[static_cast<std::size_t>(k)].model, exchange, k == 0);
  });
}

void ShardedStep::add_up() {
  std::vector<float*> parts;
  for (Replica& replica : replicas_) {
    flatten(replica.parameters, replica.gradient);
    parts.push_back(replica.gradient.data());
  }
  sum_(parts, replicas_[0].gradient.size());
  restore(replicas_[0].gradient, replicas_[0].parameters);
}

}  // namespace sonant
