// The gradient of a batch that is computed in shards, here and on other ranks: docs/ranks.md.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <sonant/nn/models/model.h>
#include <sonant/train/cluster/shard_group.h>
#include <sonant/train/cluster/tree_sum.h>

namespace sonant {

// Every shard here has a model of its own: the first one `model` itself, the others copies of it.
class ShardedStep {
 public:
  // The model stays where it is, and that and the communicator outlive this.
  ShardedStep(Model<float>& model, int shards, Communicator* ranks);

  // Before the first batch of a step: the copies are as the model is, and without gradients.
  void begin();
  // body(its model, its exchange, whether it is the first here) for every shard here.
  void run(const std::function<void(Model<float>&, Exchange&, bool first)>& body);
  // Behind the last: the model's gradients become the sum of all shards', here and elsewhere. One
  // that is empty on every shard stays so.
  void add_up();

 private:
  struct Replica {
    std::unique_ptr<Model<float>> own;  // none: the model
    Model<float>* model;
    std::vector<Named<Member<float>>> members;
    std::vector<Parameter<float>*> parameters;
    // All gradients, one behind the other, and for each parameter 1 where it has one.
    std::vector<float> gradient;
  };

  ShardGroup group_;
  TreeSum sum_;
  std::vector<Replica> replicas_;
};

}  // namespace sonant
