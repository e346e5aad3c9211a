// What became of an epoch: figures for people, and a fingerprint for programs.
#pragma once

#include <string>
#include <vector>

namespace sonant {

// One head in one epoch.
struct HeadRecord {
  std::string head;
  bool of_classes = true;  // then the figures are UARs, else CCCs
  double train_loss = 0, train_figure = 0;
  double choose_loss = 0, choose_figure = 0;
};

struct EpochRecord {
  int epoch = 0;  // from 1
  double lr = 0;
  double train_loss = 0, train_figure = 0;  // while training: with dropout, weights changing
  double choose_loss = 0, choose_figure = 0, choose_accuracy = 0;  // of DataFacts::chooser
  double seconds = 0;
  std::string weights_hash;  // of parameters and buffers after the epoch
  // In the order of the objectives; empty where there is one head, of classes. Losses above are
  // weighted sums of these, figures those of the head that is watched.
  std::vector<HeadRecord> heads = {};
  bool of_classes = true;  // the head that is watched; else the figures above are CCCs
};

}  // namespace sonant
