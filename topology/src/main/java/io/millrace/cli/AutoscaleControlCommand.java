package io.millrace.cli;

import io.millrace.catalog.UserError;
import io.millrace.catalog.UserError.Category;
import io.millrace.scaling.policy.ServicePolicy;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The commands by which somebody takes a service in hand. They are records among the metrics, and hold from their time on. */
abstract sealed class AutoscaleControlCommand implements Callable<Integer> {
    @Spec
    CommandSpec spec;

    @Mixin
    AutoscaleAccess access;

    @Parameters(index = "0", paramLabel = "SERVICE", description = "A service of the policy.")
    String service;

    final Integer say(String control, double value, String what) {
        access.service(service);
        access.decisions().control(service, control, value);
        spec.commandLine().getOut().println(service + ": " + what);
        spec.commandLine().getOut().flush();
        return Millrace.OK;
    }

    @Command(name = "pause", description = "Change nothing about a service until it is resumed.")
    static final class Pause extends AutoscaleControlCommand {
        @Override
        public Integer call() {
            return say("pause", 0, "paused from the end of this step on");
        }
    }

    @Command(name = "resume", description = "Change things about a service again.")
    static final class Resume extends AutoscaleControlCommand {
        @Override
        public Integer call() {
            return say("resume", 0, "resumed from the end of this step on");
        }
    }

    @Command(name = "set", description = "Have so many instances of a service, and change nothing until it is resumed.")
    static final class Set extends AutoscaleControlCommand {
        @Parameters(index = "1", paramLabel = "N", description = "How many; within the service's bounds.")
        private int instances;

        @Override
        public Integer call() {
            ServicePolicy policy = access.service(service);
            if (instances < policy.minInstances() || instances > policy.maxInstances()) {
                throw UserError.of(
                        Category.USAGE,
                        service + " has from " + policy.minInstances() + " to " + policy.maxInstances()
                                + " instances, never " + instances,
                        "change its bounds in the policy");
            }
            return say("set", instances, instances + " instances from the end of this step on, and paused");
        }
    }
}
