using System.Text;
using Meanwhile.Sqlite.Source.Hardening;

namespace Meanwhile.Sqlite.Source.Parameters;

/// <summary>Which parameters a whole script takes, and how its statements begin, found by reading it as SQLite's tokenizer does, before any of it is run or prepared.</summary>
/// <param name="Names">Without their first character, in the order in which they appear.</param>
/// <param name="PositionMax">The highest number of a parameter in any one statement.</param>
/// <param name="FirstUnnamed">How the first parameter without a name is written, such as <c>?2</c>; null when each has a name.</param>
/// <param name="NestingMax">How deep parentheses stand within each other.</param>
/// <param name="Denied">The first statement that no source may run, by its first word; null when there is none.</param>
/// <remarks>See tokenize.c: strings, quoted names and comments hold no parameters. Statements of a trigger can't have any, so each semicolon ends a statement here.</remarks>
internal sealed record ParameterScan(IReadOnlyList<string> Names, int PositionMax, string? FirstUnnamed, int NestingMax, DeniedStatement? Denied)
{
    /// <summary>Reads a script.</summary>
    public static ParameterScan Of(ReadOnlySpan<byte> sql) => new Reader(sql).Read();

    private ref struct Reader(ReadOnlySpan<byte> sql)
    {
        private readonly ReadOnlySpan<byte> _sql = sql;
        private readonly List<string> _names = [];
        private readonly HashSet<string> _ofStatement = [];
        private int _nesting;
        private int _nestingMax;
        private int _position;
        private int _positionMax;
        private string? _firstUnnamed;
        private DeniedStatement? _denied;
        private bool _hasBegun;
        private int _at;

        public ParameterScan Read()
        {
            while (_at < _sql.Length) Token();
            return new ParameterScan(_names, _positionMax, _firstUnnamed, _nestingMax, _denied);
        }

        private void Token()
        {
            var c = _sql[_at];
            switch (c)
            {
                case (byte)'\'' or (byte)'"' or (byte)'`':
                    SkipPast(c); // a doubled quote reads as two strings, which ends at the same place
                    break;
                case (byte)'[':
                    SkipPast((byte)']');
                    break;
                case (byte)'-' when Peek(1) == '-':
                    SkipPast((byte)'\n');
                    break;
                case (byte)'/' when Peek(1) == '*':
                    var end = _at + 2 < _sql.Length ? _sql[(_at + 2)..].IndexOf("*/"u8) : -1;
                    _at = end < 0 ? _sql.Length : _at + 2 + end + 2;
                    break;
                case (byte)';':
                    _at++;
                    _position = _nesting = 0;
                    _hasBegun = false;
                    _ofStatement.Clear();
                    break;
                case (byte)'(':
                    _at++;
                    _nestingMax = Math.Max(_nestingMax, ++_nesting);
                    break;
                case (byte)')':
                    _at++;
                    _nesting--;
                    break;
                case (byte)'?':
                    Numbered();
                    break;
                case (byte)':' or (byte)'@' or (byte)'$':
                    Named();
                    break;
                default:
                    var start = _at++;
                    if (!IsIdentifier(c)) break;
                    SkipIdentifier();
                    if (!_hasBegun) Begin(start);
                    break;
            }
        }

        private void Begin(int start)
        {
            _hasBegun = true;
            if (_denied is null && ScriptPolicy.DecideStatement(_sql[start.._at]) is { } denial) _denied = new DeniedStatement(denial, start);
        }

        private void Numbered()
        {
            var start = _at++;
            while (_at < _sql.Length && char.IsAsciiDigit((char)_sql[_at])) _at++;
            _position = Math.Max(_position, int.TryParse(_sql[(start + 1).._at], out var number) ? number : _position + 1);
            _positionMax = Math.Max(_positionMax, _position);
            _firstUnnamed ??= Encoding.UTF8.GetString(_sql[start.._at]);
        }

        private void Named()
        {
            var start = _at++;
            while (_at < _sql.Length)
            {
                if (IsIdentifier(_sql[_at])) _at++;
                else if (_sql[_at] == ':' && Peek(1) == ':') _at += 2;
                else break;
            }

            if (_at == start + 1) return; // not a parameter: SQLite will say so

            if (Peek(0) == '(')
            {
                var end = _sql[_at..].IndexOfAny((byte)')', (byte)' ');
                _at = end < 0 ? _sql.Length : _at + end + 1;
            }

            var name = Encoding.UTF8.GetString(_sql[start.._at]);
            if (_ofStatement.Add(name)) _positionMax = Math.Max(_positionMax, ++_position);
            if (!_names.Contains(name[1..])) _names.Add(name[1..]);
        }

        private void SkipPast(byte end)
        {
            var found = _sql[(_at + 1)..].IndexOf(end);
            _at = found < 0 ? _sql.Length : _at + 1 + found + 1;
        }

        private void SkipIdentifier()
        {
            while (_at < _sql.Length && IsIdentifier(_sql[_at])) _at++;
        }

        private readonly int Peek(int ahead) => _at + ahead < _sql.Length ? _sql[_at + ahead] : -1;

        private static bool IsIdentifier(byte c) => c >= 0x80 || c is (byte)'_' or (byte)'$' || char.IsAsciiLetterOrDigit((char)c);
    }
}

/// <summary>A statement that is refused before anything of its script runs.</summary>
/// <param name="Offset">Where it begins, in bytes.</param>
internal sealed record DeniedStatement(Denial Denial, int Offset);
