package io.millrace.sql;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.Column;
import io.millrace.catalog.Table;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.apache.calcite.plan.RelOptCluster;
import org.apache.calcite.plan.RelOptTable;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.logical.LogicalTableScan;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rel.type.RelDataTypeFactory;
import org.apache.calcite.schema.TranslatableTable;
import org.apache.calcite.schema.Wrapper;
import org.apache.calcite.schema.impl.AbstractSchema;
import org.apache.calcite.schema.impl.AbstractTable;

/** The pipeline's tables, and the views defined so far, as Calcite sees a schema. */
final class CatalogSchema extends AbstractSchema {
    private final Map<String, org.apache.calcite.schema.Table> tables = new HashMap<>();

    CatalogSchema(Catalog catalog) {
        catalog.tables().forEach((name, table) -> tables.put(name, new Declared(table)));
    }

    @Override
    protected Map<String, org.apache.calcite.schema.Table> getTableMap() {
        return tables;
    }

    /** The names of the tables and of the views so far. */
    Set<String> names() {
        return tables.keySet();
    }

    /** The columns of a table or view. */
    List<String> columns(String name, RelDataTypeFactory factory) {
        return tables.get(name).getRowType(factory).getFieldNames();
    }

    /** Lets later views read a view; each use is planned in place. */
    void addView(
            String name,
            List<String> columnNames,
            RelDataType type,
            BiFunction<RelOptTable.ToRelContext, RelOptCluster, RelNode> plan) {
        tables.put(name, new View(columnNames, type, plan));
    }

    /** A declared table. */
    private static final class Declared extends AbstractTable implements Wrapper, TranslatableTable {
        private final Table table;

        Declared(Table table) {
            this.table = table;
        }

        @Override
        public RelDataType getRowType(RelDataTypeFactory factory) {
            RelDataTypeFactory.Builder builder = factory.builder();
            for (Column column : table.columns()) {
                builder.add(column.name(), Types.of(factory, column.type(), column.nullable()));
            }
            return builder.build();
        }

        @Override
        public RelNode toRel(RelOptTable.ToRelContext context, RelOptTable relOptTable) {
            return LogicalTableScan.create(context.getCluster(), relOptTable, List.of());
        }

        @Override
        public <C> C unwrap(Class<C> type) {
            return type.isInstance(table) ? type.cast(table) : super.unwrap(type);
        }
    }

    /** An earlier view. */
    private static final class View extends AbstractTable implements TranslatableTable {
        private final List<String> columnNames;
        private final RelDataType type;
        private final BiFunction<RelOptTable.ToRelContext, RelOptCluster, RelNode> plan;

        View(
                List<String> columnNames,
                RelDataType type,
                BiFunction<RelOptTable.ToRelContext, RelOptCluster, RelNode> plan) {
            this.columnNames = columnNames;
            this.type = type;
            this.plan = plan;
        }

        @Override
        public RelDataType getRowType(RelDataTypeFactory factory) {
            RelDataTypeFactory.Builder builder = factory.builder();
            for (int i = 0; i < columnNames.size(); i++) {
                builder.add(columnNames.get(i), type.getFieldList().get(i).getType());
            }
            return builder.build();
        }

        @Override
        public RelNode toRel(RelOptTable.ToRelContext context, RelOptTable relOptTable) {
            return plan.apply(context, context.getCluster());
        }
    }
}
