#if DistributedTracing
#endif
