package bench

import "context"

func (r *run) mixed(context.Context) error   { return nil }
func (r *run) latency(context.Context) error { return nil }
func (r *run) trickle(context.Context) error { return nil }
func (r *run) reports(context.Context) error { return nil }
func (r *run) disk(context.Context) error    { return nil }
