"""The trees of `keep`: written by `python -m benches.train`, not by hand."""
# ruff: noqa: E501
# fmt: off

from __future__ import annotations


def odds(row: list[float]) -> float:
    """Log-odds that a block belongs to the story, by its row of `features.NAMES`: above 0 when it rather does."""
    (
        size, strong, kind, look, ending, stops, dated, reads_also, retold, latin, named, home, home_two,
        home_three, alike, depth, box, box_blocks, box_links, box_tag, hint, outer_hint, before, after,
        from_start, from_end, below_headline, first_long, last_long, prev_size, prev_kind, prev_same,
        next_size, next_links, next_kind, next_kept, next_look, near_links, near_kept, kept, weight,
        page_size, page_blocks, page_share, page_kept,
    ) = row
    return (
        0.4792
        + (-0.2795 if kept <= 0.5 else (((0.06903 if outer_hint <= 4.5 else 0.1819) if page_blocks <= 6.45422 else -0.2907) if kind <= 5.5 else (-0.1872 if alike <= 0.897711 else 0.1778)))
        + (-0.2339 if kept <= 0.5 else ((0.1573 if page_blocks <= 6.45422 else -0.246) if kind <= 5.5 else (-0.1885 if alike <= 0.194728 else (-0.1774 if kind <= 10.5 else 0.1722))))
        + (-0.2037 if kept <= 0.5 else (((0.04585 if outer_hint <= 4.5 else 0.1592) if page_blocks <= 6.45422 else -0.2165) if kind <= 5.5 else (-0.1379 if alike <= 0.897711 else 0.1549)))
        + (-0.182 if kept <= 0.5 else (-0.1668 if hint <= 1.5 else (((0.09848 if ending <= 3.5 else -0.06745) if home_two <= 0.566664 else 0.1533) if page_blocks <= 6.45422 else -0.2125)))
        + (-0.1653 if kept <= 0.5 else (((0.08071 if page_blocks <= 6.45422 else -0.1788) if kind <= 5.5 else -0.1183) if alike <= 0.720161 else (-0.1657 if outer_hint <= 0.5 else 0.1507)))
        + (-0.1519 if kept <= 0.5 else (((0.02957 if box_blocks <= 1.5 else -0.1544) if page_kept <= 0.661765 else 0.07406) if alike <= 0.720161 else (-0.1435 if outer_hint <= 0.5 else 0.1444)))
        + (((-0.1476 if page_kept <= 0.859729 else 0.003292) if home <= 0.0941831 else 0.07474) if alike <= 0.124159 else ((0.008803 if outer_hint <= 4.5 else 0.1329) if page_blocks <= 6.45422 else -0.1732))
        + (-0.1324 if kept <= 0.5 else (((0.0267 if outer_hint <= 4.5 else 0.1278) if page_blocks <= 6.45422 else -0.1593) if kind <= 3.5 else (-0.09032 if alike <= 0.906819 else 0.1263)))
        + ((-0.128 if home <= 0.10086 else 0.04347) if alike <= 0.0240805 else (((0.1168 if box_links <= 0.172956 else -0.02929) if page_blocks <= 6.45422 else -0.1555) if box_tag <= 6.5 else -0.1047))
        + ((-0.1169 if home_two <= 0.277365 else (0.06644 if kind <= 3.5 else -0.09211)) if alike <= 0.235836 else ((-0.06323 if outer_hint <= 1.5 else 0.118) if page_blocks <= 6.45422 else -0.1441))
        + ((-0.1189 if retold <= 0.75 else 0.1248) if kept <= 0.5 else ((0.1259 if page_blocks <= 6.45422 else -0.1441) if box_blocks <= 1.5 else (-0.1186 if hint <= 1.5 else 0.03089)))
        + (-0.1118 if alike <= 0.00185338 else (-0.1073 if hint <= 1.5 else ((-0.04338 if page_kept <= 0.661765 else 0.09098) if alike <= 0.720161 else (-0.1109 if outer_hint <= 0.5 else 0.1202))))
        + ((-0.113 if alike <= 0.00185338 else (-0.07206 if page_blocks <= 4.25559 else 0.04094)) if home <= 0.0941831 else ((-0.09941 if after <= 0.0378911 else 0.1077) if page_blocks <= 6.45422 else -0.1406))
        + (((-0.1144 if retold <= 0.75 else 0.1092) if next_kept <= 0.5 else (0.04978 if kind <= 3.5 else -0.06038)) if alike <= 0.235836 else (0.1017 if ending <= 3.5 else -0.02341))
        + ((-0.1023 if alike <= 0.00185338 else (-0.05831 if page_size <= 8.93876 else 0.04462)) if home <= 0.0941831 else ((0.09963 if before <= 0.962109 else -0.09046) if page_blocks <= 6.45422 else -0.1374))
        + ((-0.1043 if near_kept <= 0.414286 else ((-0.1011 if page_kept <= 0.784615 else 0.04432) if alike <= 0.611576 else 0.06003)) if home_two <= 0.882695 else (0.01776 if alike <= 0.720161 else 0.1101))
        + ((-0.1036 if after <= 0.0511298 else 0.1003) if box_blocks <= 1.5 else ((-0.1035 if alike <= 0.843596 else 0.07293) if page_kept <= 0.661765 else (0.07887 if kind <= 1.5 else -0.05386)))
        + (((-0.0906 if retold <= 0.625 else 0.09149) if page_kept <= 0.661765 else (0.05799 if before <= 0.962109 else -0.1108)) if alike <= 0.720161 else (0.1065 if ending <= 3.5 else -0.04184))
        + ((-0.02417 if before <= 0.962109 else -0.1198) if home_two <= 0.882695 else (((-0.05605 if near_kept <= 0.845238 else 0.07719) if weight <= 133.75 else 0.1117) if page_blocks <= 6.45422 else -0.1331))
        + ((-0.09396 if after <= 0.0511298 else 0.09164) if box_blocks <= 1.5 else ((-0.08929 if alike <= 0.843596 else 0.06261) if page_kept <= 0.661765 else (-0.05771 if page_blocks <= 4.55911 else 0.07551)))
        + ((((-0.01691 if page_blocks <= 4.87137 else -0.1219) if page_kept <= 0.661765 else 0.04717) if before <= 0.962109 else -0.1097) if alike <= 0.720161 else (0.09881 if ending <= 3.5 else -0.04102))
        + (((0.09829 if page_blocks <= 6.45422 else -0.1255) if before <= 0.922269 else -0.07036) if box_blocks <= 1.5 else ((-0.08179 if hint <= 1.5 else 0.01553) if next_look <= 4.5 else -0.08344))
        + ((-0.000876 if alike <= 0.720161 else 0.09324) if ending <= 3.5 else (-0.07967 if page_size <= 8.84148 else ((0.1007 if before <= 0.935934 else -0.08159) if kind <= 3.5 else -0.07346)))
        + ((-0.08465 if hint <= 1.5 else ((0.09393 if box_blocks <= 1.5 else (-0.03246 if page_size <= 8.84571 else 0.05943)) if page_blocks <= 6.45422 else -0.1231)) if before <= 0.962109 else -0.09588)
        + (-0.06351 if home_three <= 0.0698091 else ((-0.07152 if hint <= 1.5 else ((0.08224 if before <= 0.922269 else -0.02981) if page_blocks <= 6.45422 else -0.1211)) if box_links <= 0.105448 else -0.0388))
        + ((((0.1017 if page_blocks <= 6.45422 else -0.1124) if box_blocks <= 1.5 else (-0.02994 if page_kept <= 0.661765 else 0.07839)) if kind <= 3.5 else -0.03719) if before <= 0.872405 else -0.07237)
        + ((-0.06531 if page_kept <= 0.661765 else (-0.04787 if page_blocks <= 4.46584 else 0.0715)) if weight <= 137.0 else (-0.03171 if outer_hint <= 4.5 else (0.09309 if page_blocks <= 6.45422 else -0.1166)))
        + ((-0.07079 if hint <= 1.5 else ((0.06253 if box_links <= 0.075393 else (-0.06764 if page_size <= 8.73448 else 0.05135)) if page_blocks <= 6.45422 else -0.1148)) if before <= 0.962109 else -0.08088)
        + ((((0.0009683 if box_tag <= 6.5 else -0.07921) if box_links <= 0.924528 else 0.1709) if before <= 0.962109 else -0.09205) if home_two <= 0.882695 else (0.003408 if weight <= 140.0 else 0.07955))
        + ((-0.02939 if after <= 0.210067 else (-0.01022 if hint <= 4.5 else (0.08986 if page_blocks <= 6.45422 else -0.1068))) if ending <= 3.5 else (0.005265 if next_kind <= 1.5 else -0.06855))
        + (((-0.04956 if page_kept <= 0.807692 else (0.06872 if next_kind <= 1.5 else -0.03475)) if retold <= 0.238095 else 0.05723) if alike <= 0.898291 else (0.08769 if strong <= 0.5 else -0.1575))
        + (((-0.005042 if stops <= 0.5 else 0.09265) if box_blocks <= 1.5 else (-0.03034 if retold <= 0.105263 else (-0.0167 if from_end <= 46.0 else 0.08137))) if before <= 0.867404 else -0.05585)
        + ((-0.05338 if retold <= 0.625 else 0.1518) if home_three <= 0.0698091 else (-0.01301 if near_kept <= 0.690476 else (-0.01847 if hint <= 4.5 else (0.07193 if page_blocks <= 6.45422 else -0.1062))))
        + ((-0.05458 if hint <= 1.5 else ((0.04736 if before <= 0.778788 else (-0.03585 if page_blocks <= 5.05623 else 0.08518)) if page_blocks <= 6.45422 else -0.1106)) if look <= 4.5 else -0.0566)
        + (((-0.0421 if page_kept <= 0.807692 else (0.04897 if page_kept <= 0.969789 else -0.06155)) if retold <= 0.238095 else 0.04707) if alike <= 0.898291 else (0.08007 if strong <= 0.5 else -0.1415))
        + (((-0.04809 if hint <= 1.5 else (0.04697 if box_links <= 0.075393 else (-0.03294 if box_links <= 0.924528 else 0.1282))) if page_blocks <= 6.45422 else -0.1078) if before <= 0.962109 else -0.05925)
        + ((((-0.02195 if weight <= 133.75 else 0.09008) if page_blocks <= 4.87137 else -0.1531) if page_kept <= 0.661765 else 0.06143) if next_kind <= 1.5 else (0.01678 if ending <= 0.5 else -0.05652))
        + ((-0.05362 if size <= 17.0 else (-0.03877 if hint <= 1.5 else ((0.07595 if home_two <= 0.0221801 else -0.05011) if outer_hint <= 4.5 else 0.05372))) if before <= 0.867404 else -0.04416)
        + ((((-0.01731 if alike <= 0.720161 else 0.05576) if page_share <= 0.995428 else -0.1279) if page_share <= 0.997019 else (-0.01551 if page_size <= 8.88827 else 0.1101)) if look <= 6.5 else -0.05837)
        + (-0.03484 if after <= 0.210067 else ((-0.04186 if page_size <= 8.93162 else (0.01246 if near_links <= 0.707101 else 0.2308)) if size <= 119.0 else (-0.01593 if outer_hint <= 4.5 else 0.07709)))
        + (((0.05461 if box_links <= 0.0244361 else (-0.03022 if box_links <= 0.924528 else (-0.01828 if page_size <= 8.97882 else 0.2055))) if box <= 0.542639 else -0.1342) if next_kind <= 1.5 else -0.02359)
        + ((-0.03726 if near_kept <= 0.690476 else (((-0.03275 if alike <= 0.746403 else 0.08193) if page_share <= 0.997019 else 0.09086) if box_tag <= 6.5 else -0.07203)) if retold <= 0.238095 else 0.04612)
        + (((0.0154 if box_blocks <= 47.5 else 0.1315) if box_links <= 0.075393 else (-0.05791 if page_size <= 8.73448 else (-0.01072 if box_links <= 0.917431 else 0.1124))) if page_blocks <= 6.45422 else -0.1035)
        + (-0.07717 if from_end <= 6.0 else ((-0.03948 if hint <= 1.5 else (-0.09003 if page_kept <= 0.171429 else (0.01007 if retold <= 0.238095 else 0.07068))) if page_blocks <= 6.45422 else -0.1008))
        + (((-0.0725 if from_start <= 4.0 else (-0.04645 if page_kept <= 0.434783 else 0.03085)) if size <= 119.0 else (-0.01267 if outer_hint <= 4.5 else 0.07275)) if before <= 0.778788 else -0.02885)
        + (-0.04269 if size <= 20.0 else (((-0.06109 if home_three <= 0.0698091 else (-0.001135 if depth <= 7.5 else 0.1358)) if retold <= 0.625 else 0.08723) if from_end <= 97.0 else 0.07498))
        + ((0.02886 if box_blocks <= 27.5 else (-0.1235 if page_kept <= 0.666667 else 0.07056)) if next_kind <= 1.5 else ((-0.04208 if retold <= 0.625 else 0.06568) if box <= 0.132112 else 0.03602))
        + (((((-0.1093 if prev_size <= 7.0 else 0.06191) if strong <= 0.5 else -0.1249) if box_blocks <= 1.5 else -0.0251) if from_end <= 64.0 else 0.03807) if page_blocks <= 6.45422 else -0.09791)
        + ((((-0.0247 if alike <= 0.794193 else 0.06411) if page_share <= 0.997019 else 0.06117) if box_links <= 0.172956 else -0.03011) if box_tag <= 6.5 else (0.05795 if page_share <= 0.954159 else -0.06336))
        + (-0.08864 if page_kept <= 0.171429 else (((-0.003071 if prev_kind <= 6.5 else -0.06435) if box <= 0.109493 else (-0.02738 if hint <= 4.5 else 0.06418)) if retold <= 0.238095 else 0.04427))
        + (((-0.1091 if page_kept <= 0.171429 else (-0.005879 if retold <= 0.625 else 0.07607)) if alike <= 0.898291 else 0.0582) if strong <= 0.5 else (0.01497 if alike <= 0.366108 else -0.1592))
        + ((((-0.001417 if home_two <= 0.277365 else 0.04836) if home_two <= 1.08948 else -0.1336) if box <= 0.542639 else (0.06987 if below_headline <= 30.0 else -0.1848)) if next_kind <= 1.5 else -0.01738)
        + (((0.0103 if box_links <= 0.0254237 else -0.03042) if from_end <= 64.0 else (-0.04596 if size <= 17.0 else (0.01557 if first_long <= 30.0 else 0.09607))) if page_blocks <= 6.45422 else -0.09334)
        + (-0.06545 if from_end <= 6.0 else ((0.007763 if box_links <= 0.193196 else -0.04451) if box_links <= 0.917431 else ((-0.02028 if box_tag <= 1.5 else 0.1639) if kind <= 2.5 else -0.06494)))
        + (((0.0459 if page_kept <= 0.3 else ((0.04157 if strong <= 0.5 else -0.1143) if box_blocks <= 1.5 else -0.03745)) if from_end <= 46.0 else 0.02527) if page_blocks <= 6.45422 else -0.09077)
        + (-0.03701 if hint <= 1.5 else (-0.05522 if prev_size <= 6.0 else ((0.04789 if from_start <= 16.0 else (-0.04305 if page_size <= 8.66807 else 0.02167)) if strong <= 0.5 else -0.06509)))
        + ((((0.005139 if page_share <= 0.99361 else -0.1032) if page_share <= 0.997019 else (-0.009085 if page_size <= 8.88827 else 0.08595)) if look <= 6.5 else -0.0401) if dated <= 0.5 else -0.08844)
        + ((((-0.01731 if prev_same <= 0.5 else (-0.0128 if page_kept <= 0.661765 else 0.04301)) if weight <= 684.375 else 0.08901) if page_blocks <= 6.19609 else 0.1315) if page_blocks <= 6.45422 else -0.08778)
        + ((((0.01605 if box_links <= 0.884094 else 0.09401) if box_blocks <= 27.5 else (-0.1058 if page_kept <= 0.666667 else 0.05355)) if next_kind <= 1.5 else -0.01299) if reads_also <= 0.5 else -0.09904)
        + (-0.05852 if from_end <= 6.0 else ((0.01265 if box_tag <= 6.5 else (0.06704 if page_share <= 0.954159 else (0.01378 if last_long <= -65.0 else -0.09018))) if dated <= 0.5 else -0.09292))
        + ((0.0237 if from_end <= 31.0 else -0.1775) if page_kept <= 0.171429 else (((0.0631 if page_share <= 0.930384 else 0.3192) if page_share <= 0.971822 else -0.01543) if page_kept <= 0.3 else -0.003191))
        + (((-0.01052 if weight <= 142.5 else (-0.02435 if outer_hint <= 4.5 else (0.07408 if last_long <= -1.0 else -0.03435))) if page_blocks <= 6.19609 else 0.116) if page_blocks <= 6.45422 else -0.08468)
        + (((-0.09706 if next_kept <= 0.5 else 0.0281) if prev_size <= 6.0 else (-0.03219 if hint <= 1.5 else (-0.0305 if from_end <= 12.0 else 0.02033))) if reads_also <= 0.5 else -0.09244)
        + ((-0.003524 if alike <= 0.898291 else (0.0608 if next_links <= 0.941176 else -0.09179)) if strong <= 0.5 else (0.1284 if latin <= 0.5 else (-0.007123 if alike <= 0.517926 else -0.1603)))
        + (((0.01953 if near_links <= 0.0 else -0.03242) if box <= 0.109493 else (0.04852 if box_blocks <= 34.5 else -0.04124)) if retold <= 0.238095 else (-0.1181 if page_kept <= 0.221239 else 0.03985))
        + (((((-0.003721 if next_size <= 99.0 else 0.07377) if page_kept <= 0.5 else -0.01266) if from_start <= 171.0 else -0.1409) if first_long <= 136.0 else 0.05309) if page_blocks <= 6.45422 else -0.0819)
        + (0.1295 if size <= 1.0 else (-0.07455 if size <= 9.0 else ((0.002879 if page_size <= 9.87872 else (-0.1411 if hint <= 5.5 else 0.02207)) if from_end <= 97.0 else 0.04233)))
        + (((0.01402 if before <= 0.742812 else (0.006723 if prev_kind <= 1.5 else -0.05235)) if from_start <= 330.0 else -0.07423) if dated <= 0.5 else (-0.1046 if box_links <= 0.779817 else 0.1075))
        + ((0.003244 if box_links <= 0.172956 else -0.03368) if box_links <= 0.924528 else (-0.05666 if depth <= 1.5 else (0.1218 if named <= 1.5 else (-0.08485 if page_blocks <= 4.60512 else 0.1113))))
        + ((-0.04872 if prev_size <= 6.0 else 0.007681) if strong <= 0.5 else (0.1221 if latin <= 0.5 else ((-0.1429 if page_kept <= 0.860759 else 0.01739) if next_size <= 274.0 else 0.06578)))
    )
