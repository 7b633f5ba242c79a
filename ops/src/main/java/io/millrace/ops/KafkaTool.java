package io.millrace.ops;

import io.millrace.catalog.Nearest;
import io.millrace.catalog.UserError;
import io.millrace.cli.Millrace;
import io.millrace.cli.RunningStack;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import kafka.admin.ConfigCommand;
import org.apache.kafka.tools.BrokerApiVersionsCommand;
import org.apache.kafka.tools.ConsoleProducer;
import org.apache.kafka.tools.DeleteRecordsCommand;
import org.apache.kafka.tools.GetOffsetShell;
import org.apache.kafka.tools.LogDirsCommand;
import org.apache.kafka.tools.TopicCommand;
import org.apache.kafka.tools.TransactionsCommand;
import org.apache.kafka.tools.consumer.ConsoleConsumer;
import org.apache.kafka.tools.consumer.group.ConsumerGroupCommand;

/** {@code millrace kafka TOOL ...}: Kafka's own command-line tools, pointed at the running stack. */
public final class KafkaTool {
    private static final int USAGE = 2;

    /** What a tool is asked without a broker. */
    private static final Set<String> ALONE = Set.of("--help", "--version");

    /** One of Kafka's programs. */
    @FunctionalInterface
    private interface Program {
        void run(String[] arguments) throws Exception;
    }

    private static final SortedMap<String, Program> TOOLS = new TreeMap<>(Map.of(
            "console-consumer", ConsoleConsumer::main,
            "console-producer", ConsoleProducer::main,
            "topics", TopicCommand::main,
            "consumer-groups", ConsumerGroupCommand::main,
            "configs", ConfigCommand::main,
            "get-offsets", GetOffsetShell::main,
            "delete-records", DeleteRecordsCommand::main,
            "broker-api-versions", BrokerApiVersionsCommand::main,
            "log-dirs", LogDirsCommand::main,
            "transactions", TransactionsCommand::main));

    private KafkaTool() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments.length > 0 && (arguments[0].equals("--help") || arguments[0].equals("-h"))) {
            System.out.println(usage());
            return;
        }
        Program tool = arguments.length == 0 ? null : TOOLS.get(arguments[0]);
        if (tool == null) {
            System.err.println(arguments.length == 0 ? usage() : unknown(arguments[0]));
            System.exit(USAGE);
            return;
        }
        List<String> passed = new ArrayList<>(Arrays.asList(arguments).subList(1, arguments.length));
        if (passed.stream().noneMatch(argument -> argument.startsWith("--bootstrap-") || ALONE.contains(argument))) {
            try {
                passed.addAll(
                        0, List.of("--bootstrap-server", RunningStack.orThrow().kafka()));
            } catch (UserError e) {
                System.err.println("millrace: " + e.render());
                System.exit(Millrace.exitCode(e));
            }
        }
        tool.run(passed.toArray(String[]::new));
    }

    /** The names of the tools, in alphabetical order. */
    static Set<String> tools() {
        return TOOLS.keySet();
    }

    private static String usage() {
        return "Usage: millrace kafka TOOL [ARGUMENT...]\n"
                + "Run one of Kafka's own tools. Without --bootstrap-server it asks the running stack's broker.\n"
                + "Tools: " + String.join(", ", tools()) + "\n"
                + "What a tool takes: millrace kafka TOOL --help";
    }

    private static String unknown(String name) {
        return "millrace: there is no tool " + name + "\n  hint: did you mean " + Nearest.to(name, tools())
                + "? there are " + String.join(", ", tools());
    }
}
