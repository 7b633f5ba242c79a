package io.millrace.grammar;

import java.util.List;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.runtime.CalciteContextException;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlTypeNameSpec;
import org.apache.calcite.sql.SqlWriter;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.calcite.sql.validate.SqlValidator;
import org.apache.calcite.util.Litmus;

/** A type as PostgreSQL writes it: {@code timestamp(3) with time zone}, {@code numeric(10,2)}, {@code text[]}. */
public final class PostgresTypeNameSpec extends SqlTypeNameSpec {
    private final String name;
    private final int precision;
    private final int scale;
    private final int dimensions;

    public PostgresTypeNameSpec(String name, int precision, int scale, int dimensions, SqlParserPos pos) {
        super(new SqlIdentifier(name, pos), pos);
        this.name = name;
        this.precision = precision;
        this.scale = scale;
        this.dimensions = dimensions;
    }

    /** The name without the schemas that every database has; a type of another schema keeps only its own name. */
    public static String nameOf(SqlIdentifier identifier) {
        List<String> names = identifier.names;
        return names.get(names.size() - 1);
    }

    /** The type's name in lower case as written, without parameters. */
    public String name() {
        return name;
    }

    /** The first parameter, or -1. */
    public int precision() {
        return precision;
    }

    public int scale() {
        return scale;
    }

    /** How many times [] was written. */
    public int dimensions() {
        return dimensions;
    }

    @Override
    public RelDataType deriveType(SqlValidator validator) {
        RelDataType type = validator.getTypeFactory() instanceof PostgresTypes types ? types.typeOf(this) : null;
        if (type == null) {
            SqlParserPos pos = getParserPos();
            throw new CalciteContextException(
                    "type \"" + name + "\" does not exist",
                    new IllegalArgumentException("type \"" + name + "\" does not exist"),
                    pos.getLineNum(),
                    pos.getColumnNum(),
                    pos.getEndLineNum(),
                    pos.getEndColumnNum());
        }
        return type;
    }

    @Override
    public void unparse(SqlWriter writer, int leftPrec, int rightPrec) {
        writer.keyword(toString());
    }

    @Override
    public boolean equalsDeep(SqlTypeNameSpec spec, Litmus litmus) {
        return spec instanceof PostgresTypeNameSpec other && other.toString().equals(toString())
                ? litmus.succeed()
                : litmus.fail("{} != {}", this, spec);
    }

    @Override
    public String toString() {
        return name + (precision < 0 ? "" : "(" + precision + "," + scale + ")") + "[]".repeat(dimensions);
    }
}
