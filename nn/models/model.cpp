#include <sonant/nn/models/model.h>

#include <algorithm>

#include <sonant/core/ops/whole_batch.h>
#include <sonant/core/text.h>

namespace sonant {

template <Real T>
const Var<T>& ModelOutput<T>::head(std::string_view name) const {
  for (std::size_t k = 0; k < heads_.size(); ++k)
    if (spec_->heads[k].name == name) return heads_[k];
  fail("ModelOutput", "a ", spec_->family, " model has no head \"", name, "\", expected ",
       joined(spec_->heads, ", ", &Head::name));
}

template <Real T>
const Var<T>& ModelOutput<T>::head() const {
  check(heads_.size() == 1, "ModelOutput", "expects the name of one of the ", heads_.size(),
        " heads of a ", spec_->family, " model");
  return heads_[0];
}

template <Real T>
const Var<T>& ModelOutput<T>::tap(const Var<T>& value, const char* name) const {
  check(!value.empty(), "ModelOutput", "a ", spec_->family, " model has no ", name);
  return value;
}

template <Real T>
const Var<T>& ModelOutput<T>::attention() const {
  return tap(attention_, "attention");
}

template <Real T>
const Var<T>& ModelOutput<T>::embedding() const {
  return tap(embedding_, "embedding");
}

template <Real T>
ModelOutput<T> ModelOutput<T>::of_all_shards(std::int64_t batch) const {
  PoolVector<Var<T>> heads;
  for (const Var<T>& head : heads_) heads.push_back(whole_batch(head, batch));
  ModelOutput whole(std::move(heads));
  whole.spec_ = spec_;
  return whole;
}

template <Real T>
ModelOutput<T> Model<T>::operator()(const Packed<T>& x) {
  check(x.data.rank() == 2 && x.data.dim(1) == spec_.input, "Model", spec_.family,
        ": expects frames of ", spec_.input, " features, got ", x.data.shape());
  ModelOutput<T> output = forward(x);
  output.spec_ = &spec_;
  check(output.heads_.size() == spec_.heads.size(), "Model", spec_.family, ": expects answers of ",
        spec_.heads.size(), " heads, got ", output.heads_.size());
  for (std::size_t k = 0; k < output.heads_.size(); ++k) {
    const Shape expected{x.layout->batch(), spec_.heads[k].outputs};
    check(output.heads_[k].shape() == expected, "Model", spec_.family, ": expects head ",
          spec_.heads[k].name, " to be ", expected, ", got ", output.heads_[k].shape());
  }
  return output;
}

template <Real T>
Graph Model<T>::graph() const {
  Graph graph;
  describe(graph);
  check_graph(graph, *this, spec_.family);
  check(graph[0].op == "input" && graph[0].size == spec_.input, "Model::graph", spec_.family,
        ": expects an input of ", spec_.input, " features first");
  std::vector<Head> heads;
  for (const auto& [name, node] : graph.heads()) heads.push_back({name, graph[node].size});
  check(heads == spec_.heads, "Model::graph", spec_.family,
        ": describes other heads than those of its spec");
  return graph;
}

template class ModelOutput<float>;
template class ModelOutput<double>;
template class Model<float>;
template class Model<double>;

}  // namespace sonant
