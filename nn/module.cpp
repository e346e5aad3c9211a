#include <sonant/nn/module.h>

namespace sonant {
namespace {

template <class Wanted, Real T>
std::vector<Named<Wanted>> only(const std::vector<Named<Member<T>>>& members) {
  std::vector<Named<Wanted>> out;
  for (const auto& member : members)
    if (const Wanted* wanted = std::get_if<Wanted>(&member.value))
      out.push_back({member.name, *wanted});
  return out;
}

}  // namespace

template <Real T>
void Visitor<T>::operator()(std::string_view name, Module<T>& child) {
  add(name, &child);
  const std::string outer = prefix_;
  if (!name.empty()) prefix_ += std::string(name) + ".";
  child.visit(*this);
  prefix_ = outer;
}

template <Real T>
std::vector<Named<Member<T>>> Module<T>::members() {
  Visitor<T> visitor;
  visit(visitor);
  return std::move(visitor.members);
}

template <Real T>
std::vector<Named<Parameter<T>*>> Module<T>::named_parameters() {
  return only<Parameter<T>*, T>(members());
}

template <Real T>
std::vector<Named<Tensor<T>*>> Module<T>::named_buffers() {
  return only<Tensor<T>*, T>(members());
}

template <Real T>
std::vector<Parameter<T>*> Module<T>::parameters() {
  std::vector<Parameter<T>*> out;
  for (const auto& [name, parameter] : named_parameters()) out.push_back(parameter);
  return out;
}

template <Real T>
std::int64_t Module<T>::parameter_count() const {
  std::int64_t count = 0;
  // visit() is one function for readers and writers; this is a reader.
  for (const Parameter<T>* p : const_cast<Module*>(this)->parameters()) count += p->value.size();
  return count;
}

template <Real T>
void Module<T>::zero_grad() {
  for (Parameter<T>* p : parameters()) p->zero_grad();
}

template <Real T>
void Module<T>::train(bool on) {
  training_ = on;
  for (const auto& [name, module] : only<Module<T>*, T>(members())) module->training_ = on;
}

template class Visitor<float>;
template class Visitor<double>;
template class Module<float>;
template class Module<double>;

}  // namespace sonant
