// The learning rate of each epoch: docs/training.md.
#pragma once

#include <string>

namespace sonant {

// A pure function of the epoch, so that a resumed run needs no state of it.
struct Schedule {
  std::string name = "cosine";  // cosine or constant
  double lr = 1e-3;             // highest rate
  double eta_min = 0;           // cosine: lowest rate, approached at the end of a cycle
  int t0 = 10;                  // cosine: epochs of the first cycle; 1 makes the rate constant
  int t_mult = 1;               // cosine: each cycle is this many times as long as the last

  // Rate of `epoch` (from 0). cosine: Loshchilov & Hutter 2017 (SGDR), equation 5,
  //   eta_min + (lr - eta_min) (1 + cos(pi t / T)) / 2    at epoch t of a cycle of T epochs,
  // as torch.optim.lr_scheduler.CosineAnnealingWarmRestarts stepped once per epoch.
  // Error for an unknown name or a setting out of its range.
  double rate(int epoch) const;
};

}  // namespace sonant
