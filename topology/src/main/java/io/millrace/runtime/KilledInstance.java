package io.millrace.runtime;

import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Another instance whose process was killed.
 *
 * @param name the front of its names in groups, which it keeps when it is started again
 * @param address where it was
 * @param left by what the brokers knew the process when it was last heard of
 * @param noticedNanos when its death was noticed
 * @param gone looks again whether there is still nobody
 */
public record KilledInstance(
        String name, String address, List<Presence> left, long noticedNanos, BooleanSupplier gone) {}
