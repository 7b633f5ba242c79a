package io.millrace.runtime;

import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.catalog.UserError.Category;
import io.millrace.plan.Plan;
import io.millrace.plan.PlanNode;
import io.millrace.plan.PlanState;
import io.millrace.plan.Stage;
import io.millrace.runtime.topic.ViewSchemas;
import io.millrace.schemas.RegistryClient;
import io.millrace.schemas.RegistryException;
import io.millrace.schemas.TopicNames;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The topics of a pipeline, put in order before it starts: source topics must be there with the pipeline's partition count;
 * topics of exchanges, views and dead letters are created where they are missing.
 */
final class Topics {
    private static final Logger LOG = LoggerFactory.getLogger(Topics.class);
    private static final long REQUEST_TIMEOUT_MS = 30_000;
    private static final long LOOK_INTERVAL_MS = 250;
    private static final String FOREVER = "-1";

    /** How a topic is set that keeps every record. */
    private static final Map<String, String> KEPT = new TreeMap<>(Map.of(
            TopicConfig.CLEANUP_POLICY_CONFIG,
            TopicConfig.CLEANUP_POLICY_DELETE,
            TopicConfig.RETENTION_MS_CONFIG,
            FOREVER,
            TopicConfig.RETENTION_BYTES_CONFIG,
            FOREVER));

    private static final String KEPT_SETTINGS = KEPT.entrySet().stream()
            .map(setting -> setting.getKey() + "=" + setting.getValue())
            .collect(Collectors.joining(","));

    private final Admin admin;
    private final PipelineConfig config;
    private final PipelineTopics names;
    private final Plan plan;
    private final List<Stage> stages;

    Topics(Admin admin, PipelineConfig config, PipelineTopics names, Plan plan) {
        this.admin = admin;
        this.config = config;
        this.names = names;
        this.plan = plan;
        this.stages = Stage.of(plan);
    }

    /** Checks the source topics and creates the others. */
    void prepare() {
        awaitSources();
        checkPartitions(describe(sources()), "the topic of a declared table");
        checkKept(sourcesWithoutKey());
        checkNewState();
        Map<String, NewTopic> wanted = wanted();
        Map<String, TopicDescription> present = describe(wanted.keySet());
        checkPartitions(
                present.entrySet().stream()
                        .filter(topic -> !topic.getKey().endsWith(TopicNames.DEAD_LETTER_SUFFIX))
                        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)),
                "a topic of this pipeline");
        List<NewTopic> missing = new ArrayList<>();
        wanted.forEach((topic, creation) -> {
            if (!present.containsKey(topic)) {
                missing.add(creation);
            }
        });
        create(missing);
    }

    /** Registers the schemas of the views' topics. */
    static Map<String, StageResources.ViewSchemaIds> register(
            RegistryClient registry, PipelineTopics topics, Plan plan) {
        Map<String, StageResources.ViewSchemaIds> ids = new HashMap<>();
        for (PlanNode.View view : plan.views()) {
            ViewSchemas schemas = StageResources.schemas(topics, view);
            String topic = topics.view(view.name());
            try {
                ids.put(
                        view.name(),
                        new StageResources.ViewSchemaIds(
                                registry.register(topic + "-key", schemas.key()),
                                registry.register(topic + "-value", schemas.value())));
            } catch (RegistryException e) {
                throw e.isTransient() || e.status() < 400
                        ? UserError.of(Category.UNREACHABLE, e.getMessage(), "check " + RegistryClient.URL)
                        : UserError.of(
                                Category.MISMATCH,
                                "the schema registry refuses the schemas of view " + view.name() + ": "
                                        + e.getMessage(),
                                "give the changed view another name, or delete the subjects " + topic + "-key and "
                                        + topic + "-value");
            }
        }
        return ids;
    }

    /** The source topics, in the order of the plan. */
    Set<String> sources() {
        Set<String> topics = new LinkedHashSet<>();
        stages.forEach(stage ->
                stage.scans().forEach(scan -> topics.add(scan.table().source().topic())));
        return topics;
    }

    private Set<String> sourcesWithoutKey() {
        Set<String> topics = new LinkedHashSet<>();
        stages.forEach(stage -> stage.scans().stream()
                .filter(PlanNode.Scan::withoutKey)
                .forEach(scan -> topics.add(scan.table().source().topic())));
        return topics;
    }

    /** The topics that a stage reads. */
    static Set<String> sources(Plan plan, PipelineTopics names, Stage stage) {
        Set<String> topics = new TreeSet<>();
        stage.scans().forEach(scan -> topics.add(scan.table().source().topic()));
        stage.sources().forEach(exchange -> topics.add(names.exchange(plan, exchange)));
        return topics;
    }

    private void awaitSources() {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(config.get(PipelineConfig.SOURCES_WAIT_MS));
        boolean told = false;
        while (true) {
            Set<String> missing = new TreeSet<>(sources());
            missing.removeAll(existing());
            if (missing.isEmpty()) {
                return;
            }
            if (System.nanoTime() - deadline >= 0) {
                throw UserError.of(
                        Category.NOT_FOUND,
                        (missing.size() == 1 ? "the source topic is missing: " : "source topics are missing: ")
                                + String.join(", ", missing),
                        "start the connectors, which create tables' topics; or create one with kafka-topics.sh"
                                + " --bootstrap-server " + config.get(PipelineConfig.BOOTSTRAP_SERVERS)
                                + " --create --topic "
                                + missing.iterator().next() + " --partitions " + config.get(PipelineConfig.PARTITIONS)
                                + "; or let the start wait with " + PipelineConfig.SOURCES_WAIT_MS.name() + "=60000");
            }
            if (!told) {
                LOG.info("waiting for source topics: {}", String.join(", ", missing));
                told = true;
            }
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(LOOK_INTERVAL_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for topics", e);
        }
    }

    private void checkPartitions(Map<String, TopicDescription> topics, String what) {
        Map<String, Integer> wrong = new TreeMap<>();
        topics.forEach((topic, description) -> {
            if (description.partitions().size() != config.get(PipelineConfig.PARTITIONS)) {
                wrong.put(topic, description.partitions().size());
            }
        });
        if (!wrong.isEmpty()) {
            Map.Entry<String, Integer> first = wrong.entrySet().iterator().next();
            throw UserError.of(
                    Category.MISMATCH,
                    first.getKey() + ", " + what + ", has " + first.getValue() + " partitions, but the pipeline has "
                            + config.get(PipelineConfig.PARTITIONS)
                            + (wrong.size() == 1 ? "" : "; so it is with " + (wrong.size() - 1) + " more: " + wrong),
                    "set " + PipelineConfig.PARTITIONS.name() + "=" + first.getValue()
                            + " if all have that many, else create the topic anew with "
                            + config.get(PipelineConfig.PARTITIONS));
        }
    }

    /** Every record of a table without a primary key counts, also one that is old or that equals another. */
    private void checkKept(Set<String> topics) {
        configs(topics).forEach((topic, configs) -> {
            for (Map.Entry<String, String> wanted : KEPT.entrySet()) {
                String value = configs.get(wanted.getKey()).value();
                if (!wanted.getValue().equals(value)) {
                    throw UserError.of(
                            Category.MISMATCH,
                            topic
                                    + " is the topic of a table without a primary key, each of whose records counts, but has "
                                    + wanted.getKey() + "=" + value,
                            "set it with kafka-configs.sh --bootstrap-server "
                                    + config.get(PipelineConfig.BOOTSTRAP_SERVERS)
                                    + " --alter --entity-type topics --entity-name " + topic + " --add-config "
                                    + KEPT_SETTINGS
                                    + "; if records are lost by now, create topic, connector offsets and"
                                    + " pipeline anew");
                }
            }
        });
    }

    private Map<String, Config> configs(Set<String> topics) {
        Map<String, Config> configs = new TreeMap<>();
        List<ConfigResource> resources = topics.stream()
                .map(topic -> new ConfigResource(ConfigResource.Type.TOPIC, topic))
                .toList();
        try {
            if (!resources.isEmpty()) {
                get(admin.describeConfigs(resources).all())
                        .forEach((resource, values) -> configs.put(resource.name(), values));
            }
        } catch (ExecutionException e) {
            throw failed("describing topics", e);
        }
        return configs;
    }

    /**
     * A view that was changed or added has new state. Where its part of the plan was read before, that state would see only
     * what comes from now on, and the view would be wrong without any sign of it.
     */
    private void checkNewState() {
        Set<TopicPartition> committed = committed();
        if (committed.isEmpty()) {
            return;
        }
        Set<String> topics = existing();
        for (Stage stage : stages) {
            Set<String> read = sources(plan, names, stage);
            boolean begun = committed.stream().anyMatch(partition -> read.contains(partition.topic()));
            for (PlanNode node : stage.nodes()) {
                if (node instanceof PlanNode.Join) {
                    // What is pending in a join has no past: a new one begins with nothing.
                    continue;
                }
                Optional<String> fresh = PlanState.stores(plan, node).stream()
                        .filter(store -> !topics.contains(names.changelog(store)))
                        .findFirst();
                if (begun && fresh.isPresent()) {
                    // Of a deployment that is recorded only another version of Millrace makes another plan.
                    throw UserError.of(
                            Category.MISMATCH,
                            "the plan of " + String.join(", ", plan.viewsOf(node)) + " has changed since "
                                    + names.applicationId() + " last ran, and what it has read by now would be missing"
                                    + " from the new state " + fresh.get(),
                            "run the changed pipeline under another " + PipelineConfig.APPLICATION_ID.name()
                                    + ", for example " + names.applicationId()
                                    + "-2; it builds its views from the beginning");
                }
            }
        }
    }

    private Set<TopicPartition> committed() {
        try {
            return get(admin.listConsumerGroupOffsets(names.applicationId()).partitionsToOffsetAndMetadata())
                    .keySet();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof GroupIdNotFoundException) {
                return Set.of();
            }
            throw failed("reading committed positions", e);
        }
    }

    private Map<String, NewTopic> wanted() {
        Map<String, NewTopic> wanted = new TreeMap<>();
        for (PlanNode node : plan.nodes()) {
            if (node instanceof PlanNode.Exchange exchange) {
                // Kept until read, whatever the time: the purger deletes what all have read.
                add(wanted, names.exchange(plan, exchange), TopicConfig.CLEANUP_POLICY_DELETE, FOREVER);
            } else if (node instanceof PlanNode.View view) {
                add(wanted, names.view(view.name()), TopicConfig.CLEANUP_POLICY_COMPACT, null);
                add(wanted, names.viewDeadLetters(view.name()), TopicConfig.CLEANUP_POLICY_DELETE, FOREVER);
            }
        }
        stages.stream()
                .filter(Stage::readsNothing)
                .forEach(stage -> add(wanted, names.nothing(plan, stage), TopicConfig.CLEANUP_POLICY_DELETE, FOREVER));
        sources()
                .forEach(topic ->
                        add(wanted, TopicNames.ofDeadLetters(topic), TopicConfig.CLEANUP_POLICY_DELETE, FOREVER));
        return wanted;
    }

    private void add(Map<String, NewTopic> wanted, String topic, String cleanup, String retentionMs) {
        Map<String, String> settings = new HashMap<>();
        settings.put(TopicConfig.CLEANUP_POLICY_CONFIG, cleanup);
        if (retentionMs != null) {
            settings.put(TopicConfig.RETENTION_MS_CONFIG, retentionMs);
        }
        wanted.put(topic, NewTopics.of(config, topic, config.get(PipelineConfig.PARTITIONS), settings));
    }

    private void create(List<NewTopic> topics) {
        if (topics.isEmpty()) {
            return;
        }
        LOG.info("creating {} topics", topics.size());
        try {
            NewTopics.create(admin, topics);
        } catch (ExecutionException e) {
            throw failed(e.getMessage(), e);
        } catch (TimeoutException e) {
            throw unreachable(e);
        }
    }

    private Set<String> existing() {
        try {
            return get(admin.listTopics(new ListTopicsOptions().listInternal(false))
                    .names());
        } catch (ExecutionException e) {
            throw failed("listing topics", e);
        }
    }

    private Map<String, TopicDescription> describe(Set<String> topics) {
        Map<String, TopicDescription> present = new TreeMap<>();
        for (Map.Entry<String, KafkaFuture<TopicDescription>> description :
                admin.describeTopics(topics).topicNameValues().entrySet()) {
            try {
                present.put(description.getKey(), get(description.getValue()));
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                    throw failed("describing topic " + description.getKey(), e);
                }
            }
        }
        return present;
    }

    private <T> T get(KafkaFuture<T> future) throws ExecutionException {
        try {
            return future.get(REQUEST_TIMEOUT_MS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw unreachable(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while preparing topics", e);
        }
    }

    private RuntimeException failed(String doing, ExecutionException e) {
        if (e.getCause() instanceof org.apache.kafka.common.errors.TimeoutException) {
            return unreachable(e.getCause());
        }
        return UserError.of(
                Category.MISMATCH, doing + " failed: " + e.getCause().getMessage(), null);
    }

    private UserError unreachable(Throwable cause) {
        UserError error = UserError.of(
                Category.UNREACHABLE,
                "no broker answers at " + config.get(PipelineConfig.BOOTSTRAP_SERVERS),
                "check " + PipelineConfig.BOOTSTRAP_SERVERS.name() + " and the security properties among kafka.*");
        error.initCause(cause);
        return error;
    }
}
