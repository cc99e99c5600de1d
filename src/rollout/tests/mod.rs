//! Promise: rollouts go by the documented rules of the controllers, and no order is worse than the one that is shown.

mod ends;
mod every_order;
mod models;
mod rules;
